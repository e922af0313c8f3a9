namespace BpfSharp.KernelTests;

/// <summary>
/// Keys of hash maps that the kernel puts where a test wants them: under <c>BPF_F_ZERO_SEED</c> (kernel 5.0) a key of four bytes is hashed with
/// <c>jhash</c> (<c>include/linux/jhash.h</c>, Bob Jenkins' lookup3) from nothing, and the low bits of that are the bucket.
/// </summary>
static class BucketKeys
{
    public const uint ZeroSeed = 1u << 6;

    /// <summary>Keys that are all in the first of a number of buckets, which is a power of two.</summary>
    public static int[] InOne(int buckets, int count) => [.. Enumerable.Range(0, int.MaxValue).Where(key => (Hash((uint)key) & (uint)(buckets - 1)) == 0).Take(count)];

    static uint Hash(uint key)
    {
        const uint Start = 0xdeadbeef + sizeof(uint);
        (uint a, uint b, uint c) = (Start + key, Start, Start);
        c = (c ^ b) - uint.RotateLeft(b, 14);
        a = (a ^ c) - uint.RotateLeft(c, 11);
        b = (b ^ a) - uint.RotateLeft(a, 25);
        c = (c ^ b) - uint.RotateLeft(b, 16);
        a = (a ^ c) - uint.RotateLeft(c, 4);
        b = (b ^ a) - uint.RotateLeft(a, 14);
        return (c ^ b) - uint.RotateLeft(b, 24);
    }
}
