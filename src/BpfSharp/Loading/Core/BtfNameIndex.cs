using System.Numerics;
using System.Runtime.InteropServices;

namespace BpfSharp.Loading.Core;

/// <summary>
/// The types of BTF by their essential names (without a flavour): hashes and ids in native memory, no strings. Functions and
/// variables are not in it, because CO-RE does not ask for them.
/// </summary>
internal sealed unsafe class BtfNameIndex : IDisposable
{
    // Int, struct, union, enum, forward, typedef, float, enum64: what a relocation's type can be.
    private const uint Kinds = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 16 | 1 << 19;
    private const int Buckets = 1 << 15;

    private readonly RawBtf _btf;
    private readonly int* _heads;
    private readonly Entry* _entries;

    /// <summary>Indexes all types.</summary>
    public BtfNameIndex(RawBtf btf)
    {
        _btf = btf;
        int buckets = btf.EndId - btf.FirstId < 4096 ? 512 : Buckets;
        Mask = (uint)buckets - 1;
        _heads = (int*)NativeMemory.AllocZeroed((nuint)buckets, sizeof(int));
        // Room for all; what is not used is never touched.
        _entries = (Entry*)NativeMemory.Alloc((nuint)(btf.EndId - btf.FirstId) + 1, (nuint)sizeof(Entry));
        try
        {
            Fill();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private uint Mask { get; }

    /// <summary>The ids of types whose essential name is <paramref name="essential"/> and whose kind is <paramref name="kind"/>'s, in ascending order.</summary>
    public List<uint> Find(ReadOnlySpan<byte> essential, RawType kind)
    {
        List<uint> found = [];
        uint hash = Hash(essential);
        for (int at = _heads[hash & Mask]; at != 0; at = _entries[at].Next)
        {
            if (_entries[at].Hash != hash) continue;
            uint id = _entries[at].Id;
            RawType type = _btf[id];
            if (RawType.KindsAreCompatible(type, kind) && EssentialName.Of(_btf.NameAt(type.NameOffset)).SequenceEqual(essential)) found.Add(id);
        }

        found.Reverse();
        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_heads);
        NativeMemory.Free(_entries);
    }

    private void Fill()
    {
        int count = 0;
        for (int id = _btf.FirstId; id < _btf.EndId; id++)
        {
            RawType type = _btf[(uint)id];
            uint name = type.NameOffset;
            if (name == 0 || (Kinds >> type.Kind & 1) == 0) continue;
            uint hash = Hash(name);
            int* head = _heads + (hash & Mask);
            _entries[++count] = new() { Hash = hash, Id = (uint)id, Next = *head };
            *head = count;
        }
    }

    private uint Hash(uint offset)
    {
        byte* text = _btf.Text(offset);
        uint room = _btf.TextRoom(offset);
        uint hash = 0;
        // Eight bytes at a time, as long as there are so many and no two underscores stand side by side, which may begin a flavour.
        for (uint i = 0; i + 9 <= room; i += 8)
        {
            ulong word = *(ulong*)(text + i);
            ulong zeros = ZeroBytes(word);
            ulong underscores = ZeroBytes(word ^ 0x5f5f5f5f5f5f5f5f), next = ZeroBytes(*(ulong*)(text + i + 1) ^ 0x5f5f5f5f5f5f5f5f);
            if (zeros == 0)
            {
                if ((underscores & next) != 0) break;
                hash = Mix(hash, word);
                continue;
            }

            int length = BitOperations.TrailingZeroCount(zeros) >> 3;
            ulong mask = (1UL << (length * 8)) - 1;
            if ((underscores & next & mask) != 0) break;
            return Mix(hash, word & mask);
        }

        return Hash(EssentialName.Of(_btf.NameAt(offset)));
    }

    private static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 0;
        for (; name.Length >= 8; name = name[8..]) hash = Mix(hash, MemoryMarshal.Read<ulong>(name));
        ulong rest = 0;
        for (int i = name.Length - 1; i >= 0; i--) rest = rest << 8 | name[i];
        return Mix(hash, rest);
    }

    private static uint Mix(uint hash, ulong word)
    {
        ulong product = (word ^ hash) * 0x9e3779b97f4a7c15;
        return (uint)(product >> 32) ^ (uint)product;
    }

    /// <summary>The high bit of each byte that is 0.</summary>
    private static ulong ZeroBytes(ulong word)
    {
        const ulong Low = 0x7f7f7f7f7f7f7f7f;
        return ~(((word & Low) + Low) | word | Low);
    }

    private struct Entry
    {
        public uint Hash;
        public uint Id;
        public int Next;
    }
}
