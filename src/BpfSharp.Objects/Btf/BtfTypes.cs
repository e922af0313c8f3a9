using System.Collections;
using System.Collections.Immutable;

namespace BpfSharp.Objects.Btf;

/// <summary>An immutable list of BTF types; the first has id 1.</summary>
public sealed class BtfTypes : IReadOnlyCollection<BtfType>, IEquatable<BtfTypes>
{
    private readonly ImmutableArray<BtfType> _types;

    /// <summary>Wraps <paramref name="types"/>; the first gets id 1.</summary>
    public BtfTypes(ImmutableArray<BtfType> types) => _types = types;

    /// <summary>How many types there are; ids run from 1 to this.</summary>
    public int Count => _types.Length;

    /// <summary>The type with an id from 1 to <see cref="Count"/>.</summary>
    public BtfType this[int id] => _types[id - 1];

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
