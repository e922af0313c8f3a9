using System.Runtime.CompilerServices;
using BpfSharp.Errors;
using BpfSharp.Maps;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>A data section in the kernel: an array map of one value, mapped into this process where the kernel can.</summary>
internal sealed unsafe class DataSectionMap : IDisposable
{
    private readonly BpfMap _map;
    private readonly string _section;
    private readonly bool _readOnly;
    private MappedMemory? _memory;
    private bool _mappable;

    /// <summary>Takes ownership of a section's map.</summary>
    public DataSectionMap(BpfMap map, string section, bool readOnly) =>
        (_map, _section, _readOnly, _mappable) = (map, section, readOnly, (map.Flags & BpfMapFlags.Mmapable) != 0);

    /// <summary>The map, for relocations.</summary>
    public BpfMap Map => _map;

    // Mapped when a variable is first asked for: most sections' never are.
    private MappedMemory? Memory => _memory ?? (_mappable ? TryMap() : null);

    /// <summary>A variable in the shared memory.</summary>
    public ref T Ref<T>(int offset)
        where T : unmanaged
    {
        Check(offset, sizeof(T));
        MappedMemory memory = Memory
            ?? throw new InvalidOperationException($"this kernel does not share {_section} with user space (that needs 5.5); read and write it by value");
        return ref Unsafe.AsRef<T>((byte*)memory.Pointer + offset);
    }

    /// <summary>A variable's value.</summary>
    public T Read<T>(int offset)
        where T : unmanaged
    {
        Check(offset, sizeof(T));
        if (Memory is { } memory)
        {
            using MappedMemory.Use use = memory.Hold();
            return Unsafe.ReadUnaligned<T>((byte*)use.Pointer + offset);
        }

        fixed (byte* bytes = ReadAll()) return Unsafe.ReadUnaligned<T>(bytes + offset);
    }

    /// <summary>Sets a variable.</summary>
    public void Write<T>(int offset, T value)
        where T : unmanaged
    {
        Check(offset, sizeof(T));
        if (_readOnly) throw new InvalidOperationException($"{_section} is constant once the object is loaded; set it between Open and Load");
        if (Memory is { } memory)
        {
            using MappedMemory.Use use = memory.Hold();
            Unsafe.WriteUnaligned((byte*)use.Pointer + offset, value);
            return;
        }

        byte[] all = ReadAll();
        int key = 0;
        fixed (byte* bytes = all)
        {
            Unsafe.WriteUnaligned(bytes + offset, value);
            BpfError.Check(BpfSyscall.MapUpdate(_map.Fd, &key, bytes, 0), $"write {_section}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _map.Dispose();

    private MappedMemory? TryMap()
    {
        // One mapping, whoever asks first.
        lock (_map)
        {
            if (_memory is null && _mappable) _memory = MappedMemory.TryMap(_map, (nuint)_map.ValueSize, writable: !_readOnly);
            _mappable = _memory is not null;
            return _memory;
        }
    }

    private byte[] ReadAll()
    {
        byte[] all = new byte[_map.ValueSize];
        int key = 0;
        fixed (byte* bytes = all) BpfError.Check(BpfSyscall.MapLookup(_map.Fd, &key, bytes), $"read {_section}");
        return all;
    }

    private void Check(int offset, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)offset + size, _map.ValueSize, nameof(offset));
    }
}
