using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfSharp;

/// <summary>
/// The context of a packet program but XDP for a test run (<c>struct __sk_buff</c>): <c>program.TestRun(ref metadata, packet)</c> (kernel 5.2), which leaves in it
/// what the program changed. The members that a test run can set; the kernel refuses others, and gives none of them back.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
public struct BpfSkBuffMetadata
{
    /// <summary><c>mark</c>.</summary>
    [FieldOffset(8)] public uint Mark;

    /// <summary><c>priority</c>.</summary>
    [FieldOffset(32)] public uint Priority;

    /// <summary><c>ingress_ifindex</c> (kernel 5.16).</summary>
    [FieldOffset(36)] public uint IngressInterface;

    /// <summary><c>ifindex</c>: an interface of this network namespace (kernel 5.10).</summary>
    [FieldOffset(40)] public uint Interface;

    /// <summary><c>cb</c>: five numbers that programs of one hook hand to each other.</summary>
    [FieldOffset(48)] public Words Control;

    /// <summary><c>tstamp</c>: nanoseconds.</summary>
    [FieldOffset(152)] public ulong Timestamp;

    /// <summary><c>wire_len</c> (kernel 5.6).</summary>
    [FieldOffset(160)] public uint WireLength;

    /// <summary><c>gso_segs</c> (kernel 5.6).</summary>
    [FieldOffset(164)] public uint GsoSegments;

    /// <summary><c>gso_size</c> (kernel 5.7).</summary>
    [FieldOffset(176)] public uint GsoSize;

    /// <summary><c>hwtstamp</c> (kernel 5.16).</summary>
    [FieldOffset(184)] public ulong HardwareTimestamp;

    /// <summary>Five numbers.</summary>
    [InlineArray(5)]
    public struct Words
    {
        private uint _first;
    }
}
