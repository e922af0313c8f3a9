namespace BpfSharp.Compiler.Target;

/// <summary>
/// A set of unordered pairs of small numbers. The numbers of a pair are often close to each other, which the hash of a <see cref="long"/>
/// (one half xor the other) turns into long chains; here the bits are mixed.
/// </summary>
internal sealed class PairSet
{
    private ulong[] _slots = new ulong[256];
    private int _count;

    /// <summary>Adds a pair of different numbers; returns whether it is new.</summary>
    public bool Add(int a, int b)
    {
        if (_count * 2 >= _slots.Length) Grow();
        if (!Insert(_slots, Key(a, b))) return false;
        _count++;
        return true;
    }

    /// <summary>Whether a pair is in the set.</summary>
    public bool Contains(int a, int b)
    {
        ulong key = Key(a, b);
        for (int i = Home(key, _slots.Length); _slots[i] != 0; i = (i + 1) & (_slots.Length - 1))
        {
            if (_slots[i] == key) return true;
        }
        return false;
    }

    private void Grow()
    {
        ulong[] larger = new ulong[_slots.Length * 4];
        foreach (ulong key in _slots)
        {
            if (key != 0) Insert(larger, key);
        }
        _slots = larger;
    }

    private static bool Insert(ulong[] slots, ulong key)
    {
        int i = Home(key, slots.Length);
        for (; slots[i] != 0; i = (i + 1) & (slots.Length - 1))
        {
            if (slots[i] == key) return false;
        }
        slots[i] = key;
        return true;
    }

    private static int Home(ulong key, int length) => (int)((key * 0x9e3779b97f4a7c15UL) >> 33) & (length - 1);

    /// <summary>Never 0, because the larger of two different numbers is not.</summary>
    private static ulong Key(int a, int b) => a < b ? ((ulong)b << 32) | (uint)a : ((ulong)a << 32) | (uint)b;
}
