using BpfSharp.Kernel;

// The kernel's structs under the kernel's names, with the members that the program reads.
#pragma warning disable IDE1006, CS8981, CA1707
namespace Samples;

[KernelType]
internal readonly ref struct sock : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Embedded)]
    public sock_common __sk_common => Core.Member<sock_common>();

    public ushort sk_protocol => Core.Member<ushort>();
}

[KernelType]
internal readonly ref struct sock_common : IKernelType
{
    public ushort skc_family => Core.Member<ushort>();

    // In host order, the other port in network order.
    public ushort skc_num => Core.Member<ushort>();

    public ushort skc_dport => Core.Member<ushort>();

    public uint skc_rcv_saddr => Core.Member<uint>();

    public uint skc_daddr => Core.Member<uint>();

    [KernelMember(Kind = KernelMemberKind.Embedded)]
    public in6_addr skc_v6_rcv_saddr => Core.Member<in6_addr>();

    [KernelMember(Kind = KernelMemberKind.Embedded)]
    public in6_addr skc_v6_daddr => Core.Member<in6_addr>();
}

[KernelType]
internal readonly ref struct in6_addr : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Embedded)]
    public in6_addr_bytes in6_u => Core.Member<in6_addr_bytes>();
}

// A union that has no name in the kernel: it is only reached through its struct.
[KernelType(KernelTypeKind.Union)]
internal readonly ref struct in6_addr_bytes : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Array, Length = 16)]
    public KernelArray<byte> u6_addr8 => Core.Member<KernelArray<byte>>();
}
