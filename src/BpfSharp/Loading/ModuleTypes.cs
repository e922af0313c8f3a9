using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>Finds the types of a kernel module among those that the kernel holds.</summary>
internal static unsafe class ModuleTypes
{
    private const int MaximumName = 64;

    /// <summary>Opens a module's types (kernel 5.11).</summary>
    /// <param name="module">The module's name.</param>
    /// <exception cref="BpfException">There is no such module, or the kernel does not let this process look for it.</exception>
    public static BpfHandle Open(string module)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(module);
        uint id = 0;
        int result;
        while ((result = BpfSyscall.NextId(BpfCommand.BtfNextId, id, out id)) >= 0)
        {
            int fd = BpfSyscall.FromId(BpfCommand.BtfFromId, id);
            // It went away in this moment.
            if (fd == -(int)Errno.ENOENT) continue;
            BpfHandle handle = new(BpfError.Check(fd, $"open the types of module '{module}'"), $"BTF of module '{module}'");
            if (IsKernels(handle.Fd, wanted)) return handle;
            handle.Dispose();
        }

        throw BpfError.Create(result, $"find the types of module '{module}'");
    }

    private static bool IsKernels(int fd, ReadOnlySpan<byte> wanted)
    {
        byte* name = stackalloc byte[MaximumName];
        BtfInfo info = new() { Name = name, NameLength = MaximumName };
        uint length = (uint)sizeof(BtfInfo);
        return BpfSyscall.ObjectInfo(fd, &info, ref length) >= 0 && info.IsKernels != 0
            && MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name).SequenceEqual(wanted);
    }

    /// <summary><c>struct bpf_btf_info</c>, since kernel 5.11.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct BtfInfo
    {
        public void* Data;
        public uint Size;
        public uint Id;
        public byte* Name;
        public uint NameLength;
        public uint IsKernels;
    }
}
