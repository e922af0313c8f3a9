using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading.Core;

/// <summary>Bytes outside of the managed heap: a mapped file, or a copy. Types are read from them in place.</summary>
internal sealed unsafe class NativeBytes : SafeHandle
{
    private const int AtCurrentDirectory = -100, CloseOnExec = 0x80000; // AT_FDCWD, O_RDONLY | O_CLOEXEC
    private const int ProtectRead = 1, MapPrivate = 2, Populate = 0x8000;
    private readonly bool _mapped;

    private NativeBytes(void* address, nuint length, bool mapped) : base(0, ownsHandle: true)
    {
        (Length, _mapped) = (length, mapped);
        SetHandle((nint)address);
    }

    /// <summary>The first byte.</summary>
    public byte* Pointer => (byte*)handle;

    /// <summary>How many bytes there are.</summary>
    public nuint Length { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>A copy of some bytes.</summary>
    public static NativeBytes Copy(ReadOnlySpan<byte> bytes)
    {
        void* memory = NativeMemory.Alloc((nuint)Math.Max(bytes.Length, 1));
        bytes.CopyTo(new Span<byte>(memory, bytes.Length));
        return new(memory, (nuint)bytes.Length, mapped: false);
    }

    /// <summary>
    /// A file's content: mapped where the file can be (the kernel's BTF from 6.16 on), else read.
    /// </summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public static NativeBytes FromFile(string path, string hint)
    {
        int fd = Libc.OpenAt(AtCurrentDirectory, path, CloseOnExec, 0);
        if (fd < 0) throw BpfError.Create((int)Libc.LastError, $"read {path}", hint);
        try
        {
            long size = RandomAccessLength(path);
            if (size <= 0) throw new BpfException($"cannot read {path}: it is empty");
            void* mapped = Libc.Map(null, (nuint)size, ProtectRead, MapPrivate | Populate, fd, 0);
            return mapped != Libc.MapFailed ? new(mapped, (nuint)size, mapped: true) : Read(fd, path, size);
        }
        finally
        {
            _ = Libc.Close(fd);
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        if (_mapped) return Libc.Unmap((void*)handle, Length) == 0;
        NativeMemory.Free((void*)handle);
        return true;
    }

    private static long RandomAccessLength(string path) => new FileInfo(path).Length;

    private static NativeBytes Read(int fd, string path, long size)
    {
        byte* memory = (byte*)NativeMemory.Alloc((nuint)size);
        long length = 0;
        while (length < size)
        {
            nint got = Libc.Read(fd, memory + length, (nint)(size - length));
            if (got > 0)
            {
                length += got;
                continue;
            }

            if (got == 0) break;
            int error = (int)Libc.LastError;
            if (error == (int)Errno.EINTR) continue;
            NativeMemory.Free(memory);
            throw BpfError.Create(error, $"read {path}");
        }

        return new(memory, (nuint)length, mapped: false);
    }
}
