using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Types;

/// <summary><c>struct bpf_btf_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KernelBtfInfo
{
    /// <summary><c>btf</c>: where the types are copied to.</summary>
    public void* Data;
    /// <summary><c>btf_size</c>, in and out.</summary>
    public uint Size;
    /// <summary><c>id</c>.</summary>
    public uint Id;
    /// <summary><c>name</c> (kernel 5.11; older ones refuse another than null).</summary>
    public byte* Name;
    /// <summary><c>name_len</c>: the room for the name, then its length without the zero.</summary>
    public uint NameLength;
    /// <summary><c>kernel_btf</c>.</summary>
    public uint IsKernel;

    /// <summary>Asks the kernel about a BTF.</summary>
    public static BpfBtfInfo Read(int fd, string what)
    {
        KernelBtfInfo info = default;
        Ask(fd, &info, what);
        string name = info.NameLength == 0 ? "" : ReadName(fd, info.NameLength, what);
        return new BpfBtfInfo(info.Id, (int)info.Size, name, info.IsKernel != 0);
    }

    /// <summary>Copies the types.</summary>
    public static byte[] ReadBytes(int fd, string what)
    {
        KernelBtfInfo info = default;
        Ask(fd, &info, what);
        byte[] bytes = new byte[info.Size];
        fixed (byte* data = bytes)
        {
            info = new() { Data = data, Size = (uint)bytes.Length };
            Ask(fd, &info, what);
        }

        return bytes;
    }

    private static string ReadName(int fd, uint length, string what)
    {
        byte[] bytes = new byte[length + 1];
        fixed (byte* name = bytes)
        {
            KernelBtfInfo info = new() { Name = name, NameLength = (uint)bytes.Length };
            Ask(fd, &info, what);
        }

        return Encoding.UTF8.GetString(bytes, 0, (int)length);
    }

    private static void Ask(int fd, KernelBtfInfo* info, string what)
    {
        uint length = (uint)sizeof(KernelBtfInfo);
        BpfError.Check(BpfSyscall.ObjectInfo(fd, info, ref length), $"read the information of {what}");
    }
}
