using BpfSharp.Kernel;

// Kernel structs have the kernel's names and are declared with the members that the tests read.
#pragma warning disable IDE1006, CS8981, CA1707, CA1712, CA1716
namespace BpfSharp.KernelTests.KernelTypes;

[KernelType]
internal readonly ref struct task_struct : IKernelType
{
    public int tgid => Core.Member<int>();

    public int pid => Core.Member<int>();

    public uint __state => Core.Member<uint>();

    public uint not_there => Core.Member<uint>();

    [KernelMember(BitWidth = 1)]
    public uint sched_reset_on_fork => Core.Member<uint>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public task_struct real_parent => Core.Member<task_struct>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public task_struct group_leader => Core.Member<task_struct>();

    [KernelMember(Kind = KernelMemberKind.Array, Length = 16)]
    public KernelArray<byte> comm => Core.Member<KernelArray<byte>>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public signal_struct signal => Core.Member<signal_struct>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public files_struct files => Core.Member<files_struct>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public cred cred => Core.Member<cred>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public mm_struct mm => Core.Member<mm_struct>();

    public static task_struct Current => Core.Member<task_struct>();
}

/// <summary>The form before 5.14.</summary>
[KernelType]
internal readonly ref struct task_struct___old : IKernelType
{
    public long state => Core.Member<long>();
}

[KernelType]
internal readonly ref struct signal_struct : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Array, Length = 16)]
    public KernelArray<rlimit> rlim => Core.Member<KernelArray<rlimit>>();
}

[KernelType]
internal readonly ref struct rlimit : IKernelType
{
    public ulong rlim_cur => Core.Member<ulong>();

    public ulong rlim_max => Core.Member<ulong>();
}

[KernelType]
internal readonly ref struct files_struct : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public fdtable fdt => Core.Member<fdtable>();
}

[KernelType]
internal readonly ref struct fdtable : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public KernelPointer<KernelPointer<@file>> fd => Core.Member<KernelPointer<KernelPointer<@file>>>();
}

[KernelType]
internal readonly ref struct @file : IKernelType
{
    public uint f_flags => Core.Member<uint>();

    [KernelMember(Kind = KernelMemberKind.Embedded)]
    public path f_path => Core.Member<path>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public inode f_inode => Core.Member<inode>();
}

[KernelType]
internal readonly ref struct inode : IKernelType
{
    public ulong i_ino => Core.Member<ulong>();

    public ushort i_mode => Core.Member<ushort>();
}

[KernelType]
internal readonly ref struct cred : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Embedded)]
    public kuid_t uid => Core.Member<kuid_t>();

    [KernelMember(Kind = KernelMemberKind.Embedded)]
    public kuid_t euid => Core.Member<kuid_t>();
}

[KernelType(IsTypedef = true)]
internal readonly ref struct kuid_t : IKernelType
{
    public uint val => Core.Member<uint>();
}

[KernelType]
internal readonly ref struct mm_struct : IKernelType
{
    public ulong arg_start => Core.Member<ulong>();

    public ulong arg_end => Core.Member<ulong>();
}

[KernelType]
internal readonly ref struct no_such_struct : IKernelType
{
    public int member => Core.Member<int>();
}

[KernelType]
internal readonly ref struct bpf_iter__task : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public task_struct task => Core.Member<task_struct>();
}

[KernelType(KernelTypeKind.Enum)]
internal enum bpf_map_type
{
    BPF_MAP_TYPE_HASH = 99, // Wrong on purpose: the running kernel's value counts.
    BPF_MAP_TYPE_RINGBUF = 98,
    BPF_MAP_TYPE_NOT_THERE = 97,
}

[KernelType]
internal readonly ref struct dentry : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Embedded)]
    public qstr d_name => Core.Member<qstr>();
}

[KernelType]
internal readonly ref struct qstr : IKernelType
{
    // In unions and structs without names inside of the struct.
    public uint len => Core.Member<uint>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public KernelPointer<byte> name => Core.Member<KernelPointer<byte>>();
}

[KernelType]
internal readonly ref struct path : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public dentry dentry => Core.Member<dentry>();
}

[KernelType]
internal readonly ref struct linux_binprm : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public KernelPointer<byte> filename => Core.Member<KernelPointer<byte>>();
}

[KernelType]
internal readonly ref struct iovec : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public UserPointer<byte> iov_base => Core.Member<UserPointer<byte>>();

    public ulong iov_len => Core.Member<ulong>();
}

[KernelType]
internal readonly ref struct sockaddr_un : IKernelType
{
    public ushort sun_family => Core.Member<ushort>();

    [KernelMember(Kind = KernelMemberKind.Array, Length = 108)]
    public KernelArray<byte> sun_path => Core.Member<KernelArray<byte>>();
}
