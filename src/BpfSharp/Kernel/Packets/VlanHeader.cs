using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>A VLAN tag behind an <see cref="EthernetHeader"/>, 4 bytes (<c>struct vlan_hdr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VlanHeader
{
    /// <summary>Priority, drop-eligible bit and VLAN id.</summary>
    public BigEndian<ushort> Tag;

    /// <summary>What the frame carries.</summary>
    public BigEndian<EtherType> EtherType;

    /// <summary>The VLAN's id, from 0 to 4095.</summary>
    [KernelBits(nameof(Tag), 0, 12)]
    public readonly ushort VlanId => (ushort)(Tag.Value & 0xFFF);
}
