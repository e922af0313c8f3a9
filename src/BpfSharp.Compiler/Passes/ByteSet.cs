namespace BpfSharp.Compiler.Passes;

/// <summary>A set of the bytes of a frame, one bit each.</summary>
internal sealed class ByteSet(int length)
{
    private readonly ulong[] _words = new ulong[(length + 63) / 64];

    /// <summary>Whether a byte is in the set.</summary>
    internal bool this[int index] => (_words[index >> 6] >> (index & 63) & 1) != 0;

    /// <summary>Adds or removes a run of bytes.</summary>
    internal void Set(int start, int size, bool value)
    {
        for (int i = start; i < start + size; i++)
        {
            if (value) _words[i >> 6] |= 1UL << (i & 63);
            else _words[i >> 6] &= ~(1UL << (i & 63));
        }
    }

    /// <summary>Adds all bytes of another set of the same frame.</summary>
    internal void Add(ByteSet other)
    {
        for (int i = 0; i < _words.Length; i++) _words[i] |= other._words[i];
    }

    /// <summary>Whether a run of bytes has one that is in the set.</summary>
    internal bool Any(int start, int size)
    {
        for (int i = start; i < start + size; i++)
        {
            if (this[i]) return true;
        }
        return false;
    }

    /// <summary>Whether another set of the same frame has the same bytes.</summary>
    internal bool Equals(ByteSet other) => _words.AsSpan().SequenceEqual(other._words);
}
