using System.Collections;

namespace BpfSharp.Objects.Kernel;

/// <summary>A set of program types.</summary>
public readonly record struct ProgramTypeSet : IEnumerable<ProgramType>
{
    private readonly ulong _bits;

    private ProgramTypeSet(ulong bits) => _bits = bits;

    /// <summary>The set of the types given.</summary>
    public static ProgramTypeSet Of(params ProgramType[] types)
    {
        ulong bits = 0;
        foreach (ProgramType type in types)
            bits |= Bit(type);
        return new ProgramTypeSet(bits);
    }

    /// <summary>Whether no type is in it.</summary>
    public bool IsEmpty => _bits == 0;

    /// <summary>Whether <paramref name="type"/> is in it.</summary>
    public bool Contains(ProgramType type) => (_bits & Bit(type)) != 0;

    /// <summary>This set without the types given.</summary>
    public ProgramTypeSet Except(params ProgramType[] types) => new(_bits & ~Of(types)._bits);

    /// <summary>This set with <paramref name="other"/>.</summary>
    public ProgramTypeSet BitwiseOr(ProgramTypeSet other) => new(_bits | other._bits);

    /// <summary>Both sets together.</summary>
    public static ProgramTypeSet operator |(ProgramTypeSet left, ProgramTypeSet right) => left.BitwiseOr(right);

    /// <inheritdoc/>
    public IEnumerator<ProgramType> GetEnumerator()
    {
        for (int i = 0; i < 64; i++)
        {
            if ((_bits >> i & 1) != 0)
                yield return (ProgramType)i;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The types' names.</summary>
    public override string ToString() => string.Join(", ", this);

    private static ulong Bit(ProgramType type) => (uint)type < 64 ? 1ul << (int)type : 0;
}
