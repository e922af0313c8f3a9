using System.Collections.Immutable;
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

    public BtfNormaliser(BtfTypes types)
    {
        // Index 0 is void.
        _types = [new BtfForward("", false), .. types];
        _removable = new bool[_types.Length];
        _kept = new bool[_types.Length];
        _newIds = new int[_types.Length];
        for (int id = 1; id < _types.Length; id++)
        {
            if (_types[id] is BtfDataSection section && Removed.Contains(section.Name))
                Reach(_removable, id, DefinitionReferences);
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
                throw new ObjectFormatException(section.Name, placed.Offset, $"Variable '{_types[variable.TypeId].Name}' is not within its section.");
            variables.Add(placed);
        }
        _types[section.BtfTypeId] = type with
        {
            Size = incomplete ? section.Content.Length : type.Size,
            Variables = [.. variables.OrderBy(static v => v.Offset)],
        };
    }

    /// <summary>Keeps types that something refers to.</summary>
    public void Keep(IEnumerable<int> ids)
    {
        foreach (int id in ids)
            Reach(_kept, id, static _ => null);
    }

    /// <summary>Marks functions as static that the symbol table hides.</summary>
    public void MakeStatic(IEnumerable<int> ids)
    {
        foreach (int id in ids)
        {
            if (_types[id] is BtfFunction { Linkage: BtfLinkage.Global } function)
                _types[id] = function with { Linkage = BtfLinkage.Static };
        }
    }

    /// <summary>Removes what is not kept and renumbers the rest.</summary>
    public BtfTypes Finish()
    {
        for (int id = 1; id < _types.Length; id++)
        {
            if (!_removable[id])
                Reach(_kept, id, static _ => null);
        }
        int count = 0;
        for (int id = 1; id < _types.Length; id++)
        {
            if (_kept[id])
                _newIds[id] = ++count;
        }
        var result = ImmutableArray.CreateBuilder<BtfType>(count);
        for (int id = 1; id < _types.Length; id++)
        {
            if (_kept[id])
                result.Add(BtfReferences.Map(_types[id], MapId));
        }
        return new BtfTypes(result.MoveToImmutable());
    }

    /// <summary>The new id of a type that was kept.</summary>
    public int MapId(int id) => _newIds[id];

    /// <summary>What only a map's definition uses: the pointers to the types of its key and value, but not those types.</summary>
    private IEnumerable<int>? DefinitionReferences(BtfType type)
    {
        if (type is not BtfStruct definition)
            return null;
        foreach (BtfMember member in definition.Members)
        {
            if (IsKeyOrValue(member) && _types[member.TypeId] is BtfPointer)
                _removable[member.TypeId] = true;
        }
        return definition.Members.Where(static m => !IsKeyOrValue(m)).Select(static m => m.TypeId);
    }

    private static bool IsKeyOrValue(BtfMember member) => member.Name is "key" or "value";

    private void Reach(bool[] reached, int start, Func<BtfType, IEnumerable<int>?> references)
    {
        var pending = new Stack<int>();
        pending.Push(start);
        while (pending.Count > 0)
        {
            int id = pending.Pop();
            if (id == 0 || reached[id])
                continue;
            reached[id] = true;
            foreach (int next in references(_types[id]) ?? BtfReferences.Of(_types[id]))
                pending.Push(next);
        }
    }
}
