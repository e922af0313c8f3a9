using System.Buffers;
using BpfSharp.Objects;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>Object files on disk, of any compiler: clang's <c>.bpf.o</c> and those that <c>BpfEmitObjects</c> writes.</summary>
public static class BpfObjectFile
{
    private const int AtCurrentDirectory = -100, CloseOnExec = 0x80000; // AT_FDCWD, O_RDONLY | O_CLOEXEC
    private const int FromStart = 0, FromEnd = 2; // SEEK_SET, SEEK_END
    private const int MaximumRented = 1 << 20; // larger arrays would stay in the pool

    /// <summary>Opens an object file. Its maps and programs are reached by name, with keys and values as bytes or through typed views.</summary>
    /// <param name="path">The file. The object is named after it, without <c>.o</c> and <c>.bpf</c>, as libbpf does.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ObjectFormatException">It is not a well-formed eBPF object; the message names the file, the section and the offset.</exception>
    public static BpfOpenObject Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string name = Path.GetFileNameWithoutExtension(path);
        const string Suffix = ".bpf";
        if (name.EndsWith(Suffix, StringComparison.Ordinal)) name = name[..^Suffix.Length];
        try
        {
            return OperatingSystem.IsLinux() && TryRead(path, out byte[] bytes, out int length)
                ? Open(bytes, length, name) : BpfObject.Open(File.ReadAllBytes(path), name);
        }
        catch (ObjectFormatException e)
        {
            throw e.In(path);
        }
    }

    private static BpfOpenObject Open(byte[] rented, int length, string name)
    {
        try
        {
            return BpfObject.Open(rented.AsSpan(0, length), name);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Reads a file into borrowed memory with four system calls: a small object is parsed in less time than <see cref="File"/> takes to read it.
    /// What goes wrong here goes wrong there too, and gets its exception there.
    /// </summary>
    private static unsafe bool TryRead(string path, out byte[] bytes, out int length)
    {
        (bytes, length) = ([], 0);
        int fd = Libc.OpenAt(AtCurrentDirectory, path, CloseOnExec, 0);
        if (fd < 0) return false;
        try
        {
            nint size = Libc.Seek(fd, 0, FromEnd);
            if (size <= 0 || size > MaximumRented || Libc.Seek(fd, 0, FromStart) != 0) return false;
            bytes = ArrayPool<byte>.Shared.Rent((int)size);
            fixed (byte* p = bytes)
            {
                // A regular file is read whole at once.
                length = (int)Libc.Read(fd, p, size);
            }

            if (length == size) return true;
            ArrayPool<byte>.Shared.Return(bytes);
            return false;
        }
        finally
        {
            _ = Libc.Close(fd);
        }
    }
}
