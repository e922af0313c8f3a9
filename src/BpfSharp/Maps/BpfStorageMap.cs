using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>
/// A value that belongs to each task, socket, inode or control group and goes with it (<c>BPF_MAP_TYPE_TASK_STORAGE</c> kernel 5.11,
/// <c>SK_STORAGE</c> 5.2, <c>INODE_STORAGE</c> 5.10, <c>CGRP_STORAGE</c> 6.2). User space names the owner by a descriptor: a pidfd, a
/// socket, an open file, a control group's folder.
/// </summary>
/// <typeparam name="T">The value.</typeparam>
/// <remarks>Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public sealed unsafe class BpfStorageMap<T> : BpfMap
    where T : unmanaged
{
    private BpfStorageMap<T>? _underLock;

    /// <summary>Makes a typed view of a map.</summary>
    public BpfStorageMap(BpfMap map) : base(map)
    {
        CheckKind(nameof(BpfStorageMap<>), MapType.TaskStorage, MapType.SkStorage, MapType.InodeStorage, MapType.CgroupStorage);
        CheckType<T>(ValueSize, "value");
    }

    /// <inheritdoc cref="BpfMap.UnderLock"/>
    public new BpfStorageMap<T> UnderLock() => ElementFlags != 0 ? this : _underLock ??= new(base.UnderLock());

    /// <summary>Copies an owner's value.</summary>
    /// <returns>Whether it has one.</returns>
    public bool TryGetValue(SafeHandle owner, out T value)
    {
        ArgumentNullException.ThrowIfNull(owner);
        Unsafe.SkipInit(out value);
        using BorrowedHandle borrowed = new(owner);
        int key = borrowed.Fd, result;
        fixed (T* v = &value) result = BpfSyscall.MapLookup(Fd, &key, v, ElementFlags);
        if (result == 0) return true;
        value = default;
        return Found(result, "look up an owner in");
    }

    /// <summary>Gives an owner a value.</summary>
    /// <returns>False if <paramref name="mode"/> forbids it.</returns>
    public bool Set(SafeHandle owner, T value, BpfUpdateMode mode = BpfUpdateMode.Any)
    {
        ArgumentNullException.ThrowIfNull(owner);
        using BorrowedHandle borrowed = new(owner);
        int key = borrowed.Fd;
        return Updated(BpfSyscall.MapUpdate(Fd, &key, &value, (ulong)mode | ElementFlags), mode);
    }

    /// <summary>Takes an owner's value away.</summary>
    /// <returns>Whether it had one.</returns>
    public bool Remove(SafeHandle owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        using BorrowedHandle borrowed = new(owner);
        int key = borrowed.Fd;
        return Found(BpfSyscall.MapDelete(Fd, &key), "remove an owner of");
    }

    /// <summary>Opens a process as an owner in task storages (<c>pidfd_open</c>, kernel 5.3).</summary>
    /// <exception cref="BpfException">There is no such process.</exception>
    public static SafeHandle OpenProcess(int processId)
    {
        const nint PidFdOpen = 434;
        nint fd = Libc.Syscall(PidFdOpen, processId, null, 0);
        return fd >= 0 ? new BpfHandle((int)fd, $"process {processId}") : throw BpfError.Create((int)Libc.LastError, $"open process {processId}");
    }
}
