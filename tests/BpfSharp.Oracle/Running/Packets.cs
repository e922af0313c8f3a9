using System.Buffers.Binary;
using BpfSharp.Oracle.Generation;

namespace BpfSharp.Oracle.Running;

/// <summary>The packets that programs are run on.</summary>
internal static class Packets
{
    private static readonly ulong[] s_words =
    [
        0, 1, 2, 3, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, long.MaxValue, 1UL << 63, ulong.MaxValue,
        ulong.MaxValue - 1, 0xFF80_FF80_FF80_FF80, 0x0101_0101_0101_0101, 0x0001_0002_0003_0004, 0x0000_0005_FFFF_FFFB, 0x8000_0000_7FFF_FFFF,
    ];

    /// <summary>The packets for a program: zeros first, then random words and numbers at the edges of every width, and one that is too short.</summary>
    public static byte[][] For(ulong seed, int count)
    {
        Dice dice = new(seed ^ 0x5EED_0F9A_C4E7);
        byte[][] packets = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            byte[] packet = new byte[i == count - 1 && dice.Percent(20) ? dice.Between(14, 40) : 64];
            for (int at = 0; i > 0 && at + 8 <= packet.Length; at += 8)
            {
                ulong word = dice.Weighted((3, 0), (3, 1), (2, 2)) switch
                {
                    0 => dice.Of(s_words),
                    1 => Small(dice),
                    _ => dice.Next(),
                };
                BinaryPrimitives.WriteUInt64LittleEndian(packet.AsSpan(at), word);
            }
            packets[i] = packet;
        }
        return packets;
    }

    /// <summary>Small numbers in all four 16-bit parts, so that indices and counts are often inside.</summary>
    private static ulong Small(Dice dice)
    {
        ulong word = 0;
        for (int i = 0; i < 4; i++) word = (word << 16) | (ulong)(ushort)dice.Between(-2, 9);
        return dice.Percent(50) ? word & 0x000F_0000_000F_000F : word;
    }
}
