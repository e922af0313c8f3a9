using BpfSharp.Kernel;

// The kernel's structs under the kernel's names, with the members that the program reads.
#pragma warning disable IDE1006, CS8981, CA1707
namespace Samples;

[KernelType]
internal readonly ref struct task_struct : IKernelType
{
    public int pid => Core.Member<int>();

    public int tgid => Core.Member<int>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public task_struct real_parent => Core.Member<task_struct>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public task_struct group_leader => Core.Member<task_struct>();

    [KernelMember(Kind = KernelMemberKind.Array, Length = 16)]
    public KernelArray<byte> comm => Core.Member<KernelArray<byte>>();
}

[KernelType]
internal readonly ref struct linux_binprm : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public KernelPointer<byte> filename => Core.Member<KernelPointer<byte>>();
}
