using System.Collections.Immutable;
using System.Runtime.InteropServices;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Elf;

namespace BpfSharp.Objects.Reading;

/// <summary>
/// Brings an object's types into the form of <see cref="ObjectSpec.Btf"/>: data sections have their sizes and offsets, which clang leaves
/// to relocations, and the types that only describe maps, licence and version are gone.
/// </summary>
internal sealed class BtfNormaliser
{
    private static readonly ImmutableHashSet<string> Removed = [".maps", "license", "version"];

    private readonly BtfType[] _types;
    private readonly bool[] _removable;
    private readonly bool[] _kept;
    private readonly int[] _newIds;
    private readonly Stack<int> _pending = new();

    public BtfNormaliser(BtfTypes types)
    {
        // Index 0 is void.
        _types = new BtfType[types.Count + 1];
        _types[0] = new BtfForward("", false);
        types.Items.CopyTo(_types, 1);
        _removable = new bool[_types.Length];
        _kept = new bool[_types.Length];
        _newIds = new int[_types.Length];
        for (int id = 1; id < _types.Length; id++)
        {
            if (_types[id] is BtfDataSection section && Removed.Contains(section.Name))
                Reach(_removable, id, ofDefinitions: true);
        }
    }

    /// <summary>Gives a data section's type its size and its variables their offsets.</summary>
    /// <param name="section">The section.</param>
    /// <param name="symbols">The symbols of its variables by name, static ones aside, whose offsets are in BTF already.</param>
    public void Complete(DataSectionSpec section, Dictionary<string, ElfSymbol> symbols)
    {
        if (section.BtfTypeId == 0 || _types[section.BtfTypeId] is not BtfDataSection type)
            return;
        bool incomplete = type.Size == 0;
        var variables = ImmutableArray.CreateBuilder<BtfSectionVariable>(type.Variables.Length);
        foreach (BtfSectionVariable variable in type.Variables)
        {
            BtfSectionVariable placed = variable;
            if (_types[variable.TypeId] is BtfVariable { Linkage: BtfLinkage.Global } global && symbols.TryGetValue(global.Name, out ElfSymbol symbol))
            {
                if (incomplete)
                    placed = variable with { Offset = (int)symbol.Value };
                if (!symbol.IsGlobal)
                    _types[variable.TypeId] = global with { Linkage = BtfLinkage.Static };
            }
            if (placed.Offset < 0 || placed.Size < 0 || placed.Size > section.Content.Length - placed.Offset)
                throw new ObjectFormatException(section.Name, (uint)placed.Offset, $"Variable '{_types[variable.TypeId].Name}' is not within its section.");
            variables.Add(placed);
        }
        _types[section.BtfTypeId] = type with
        {
            Size = incomplete ? section.Content.Length : type.Size,
            Variables = [.. variables.OrderBy(static v => v.Offset)],
        };
    }

    /// <summary>Keeps a type that something refers to, and those that it refers to.</summary>
    public void Keep(int id) => Reach(_kept, id, ofDefinitions: false);

    /// <summary>Marks a function as static that the symbol table hides.</summary>
    public void MakeStatic(int id)
    {
        if (_types[id] is BtfFunction { Linkage: BtfLinkage.Global } function)
            _types[id] = function with { Linkage = BtfLinkage.Static };
    }

    /// <summary>Removes what is not kept and renumbers the rest.</summary>
    public BtfTypes Finish()
    {
        for (int id = 1; id < _types.Length; id++)
        {
            if (!_removable[id])
                Keep(id);
        }
        int count = 0;
        for (int id = 1; id < _types.Length; id++)
        {
            if (_kept[id])
                _newIds[id] = ++count;
        }
        var result = new BtfType[count];
        Func<int, int> mapId = MapId;
        for (int id = 1; id < _types.Length; id++)
        {
            if (_kept[id])
                result[_newIds[id] - 1] = RefersToMoved(_types[id]) ? BtfReferences.Map(_types[id], mapId) : _types[id];
        }
        return new BtfTypes(ImmutableCollectionsMarshal.AsImmutableArray(result));
    }

    private bool RefersToMoved(BtfType type)
    {
        for (int i = BtfReferences.Count(type) - 1; i >= 0; i--)
        {
            int id = BtfReferences.At(type, i);
            if (_newIds[id] != id)
                return true;
        }
        return false;
    }

    /// <summary>The new id of a type that was kept.</summary>
    public int MapId(int id) => _newIds[id];

    /// <summary>Marks a type and all that it refers to.</summary>
    /// <param name="reached">The marks.</param>
    /// <param name="start">The type.</param>
    /// <param name="ofDefinitions">
    /// Whether what only maps' definitions use is asked for: the pointers to the types of their keys and values, but not those types.
    /// </param>
    private void Reach(bool[] reached, int start, bool ofDefinitions)
    {
        if (start == 0 || reached[start])
            return;
        _pending.Push(start);
        while (_pending.Count > 0)
        {
            int id = _pending.Pop();
            if (id == 0 || reached[id])
                continue;
            reached[id] = true;
            BtfType type = _types[id];
            var definition = ofDefinitions ? type as BtfStruct : null;
            for (int i = 0; i < BtfReferences.Count(type); i++)
            {
                int next = BtfReferences.At(type, i);
                if (definition is null || definition.Members[i].Name is not ("key" or "value"))
                    _pending.Push(next);
                else if (_types[next] is BtfPointer)
                    _removable[next] = true;
            }
        }
    }
}
