using System.Collections.Immutable;

namespace BpfSharp.Objects.Btf;

/// <summary>Collects types; an equal type is added only once.</summary>
public sealed class BtfBuilder
{
    private readonly List<BtfType> _types = [];
    private readonly Dictionary<BtfType, int> _ids = [];
    private readonly int _firstId;

    /// <summary>Starts with no types.</summary>
    public BtfBuilder() : this(0)
    {
    }

    /// <summary>Starts after <paramref name="count"/> types that are kept elsewhere: the first type added gets the next id.</summary>
    internal BtfBuilder(int count) => _firstId = count + 1;

    /// <summary>The number of types so far.</summary>
    public int Count => _types.Count;

    /// <summary>The types added here, in order.</summary>
    internal IReadOnlyList<BtfType> Added => _types;

    /// <summary>The type with an id that <see cref="Add"/> or <see cref="Reserve"/> gave.</summary>
    public BtfType this[int id] => _types[id - _firstId];

    /// <summary>The id of a type equal to <paramref name="type"/>, which is appended if there is none.</summary>
    public int Add(BtfType type)
    {
        if (_ids.TryGetValue(type, out int id))
            return id;
        _types.Add(type);
        id = _firstId + _types.Count - 1;
        _ids.Add(type, id);
        return id;
    }

    /// <summary>Takes an id for a type that is known only later, such as a struct that refers to itself.</summary>
    /// <param name="placeholder">What stands there until <see cref="Set"/>; a forward declaration fits.</param>
    public int Reserve(BtfType placeholder)
    {
        _types.Add(placeholder);
        return _firstId + _types.Count - 1;
    }

    /// <summary>Puts the type for an id that <see cref="Reserve"/> gave.</summary>
    public void Set(int id, BtfType type)
    {
        _types[id - _firstId] = type;
        _ids[type] = id;
    }

    /// <summary>The types so far.</summary>
    public BtfTypes Build() => new([.. _types]);
}
