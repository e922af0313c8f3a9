using System.Collections;
using System.Collections.Immutable;

namespace BpfSharp.Objects.Btf;

/// <summary>An immutable list of BTF types; the first has id 1.</summary>
public sealed class BtfTypes : IReadOnlyCollection<BtfType>, IEquatable<BtfTypes>
{
    // As libbpf's MAX_RESOLVE_DEPTH: only corrupted types nest deeper.
    private const int MaximumDepth = 32;

    private readonly ImmutableArray<BtfType> _types;

    /// <summary>Wraps <paramref name="types"/>; the first gets id 1.</summary>
    public BtfTypes(ImmutableArray<BtfType> types) => _types = types;

    /// <summary>The types as an array; the first has id 1.</summary>
    internal ImmutableArray<BtfType> Items => _types;

    /// <summary>How many types there are; ids run from 1 to this.</summary>
    public int Count => _types.Length;

    /// <summary>The type with an id from 1 to <see cref="Count"/>.</summary>
    public BtfType this[int id] => _types[id - 1];

    /// <summary>The type with an id, null for <c>void</c> and for ids that do not exist.</summary>
    public BtfType? Find(int id) => id > 0 && id <= Count ? _types[id - 1] : null;

    /// <summary>The id behind typedefs, qualifiers and type tags.</summary>
    /// <returns>The id of another kind of type, 0 for <c>void</c> (and where the chain never ends).</returns>
    public int Resolve(int id)
    {
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            switch (Find(id))
            {
                case BtfTypedef t: id = t.TypeId; break;
                case BtfQualified t: id = t.TypeId; break;
                case BtfTypeTag t: id = t.TypeId; break;
                default: return id;
            }
        }
        return 0;
    }

    /// <summary>The size of a type in bytes, as the kernel's BPF target lays it out (pointers take 8).</summary>
    /// <returns>Bytes; null for types without a size (<c>void</c>, functions, forward declarations) and where it is no 32-bit number.</returns>
    public int? SizeOf(int id)
    {
        long count = 1;
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            long size;
            switch (Find(Resolve(id)))
            {
                case BtfArray t:
                    count *= (uint)t.Count;
                    if (count > int.MaxValue)
                        return null;
                    id = t.ElementTypeId;
                    continue;
                case BtfVariable t: id = t.TypeId; continue;
                case BtfInt t: size = t.Size; break;
                case BtfStruct t: size = t.Size; break;
                case BtfEnum t: size = t.Size; break;
                case BtfFloat t: size = t.Size; break;
                case BtfDataSection t: size = t.Size; break;
                case BtfPointer: size = 8; break;
                default: return null;
            }
            return size >= 0 && size * count <= int.MaxValue ? (int)(size * count) : null;
        }
        return null;
    }

    /// <inheritdoc/>
    public IEnumerator<BtfType> GetEnumerator() => ((IEnumerable<BtfType>)_types).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(BtfTypes? other) => other is not null && _types.SequenceEqual(other._types);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as BtfTypes);

    /// <inheritdoc/>
    public override int GetHashCode() => _types.Length;
}
