using BpfSharp.Objects;

namespace BpfSharp.Loading.Core;

/// <summary>
/// Resolves the relocations of one object against the types of one kernel. Candidates for a type are looked for once, and those
/// that an earlier relocation did not fit are not tried again.
/// </summary>
/// <param name="local">The object's types.</param>
/// <param name="target">The kernel's.</param>
internal sealed class CoreRelocator(RawBtf local, ICoreTarget target)
{
    private readonly Dictionary<int, List<(RawBtf Btf, uint Id)>> _candidates = [];
    private readonly CoreSpec _local = new();
    private CoreSpec _candidate = new();
    private CoreSpec _best = new();

    /// <summary>What the relocation that was resolved last asks for, in words: <c>struct task_struct.real_parent</c>.</summary>
    public string Asked => _local.Asked;

    /// <summary>Resolves a relocation.</summary>
    /// <exception cref="CoreException">It cannot be resolved: it is malformed, or ambiguous.</exception>
    public CoreResult Resolve(CoreRelocationSpec relocation)
    {
        CoreRelocationKind kind = relocation.Kind;
        RawType root = local[(uint)relocation.TypeId];
        _local.Parse(local, relocation);
        CoreValue old = CoreValue.Of(kind, _local);
        if (kind == CoreRelocationKind.TypeIdLocal) return new(old, old, true);

        List<(RawBtf Btf, uint Id)> candidates = Candidates(relocation.TypeId, root);
        CoreResult result = default;
        int matching = 0;
        for (int i = 0; i < candidates.Count; i++)
        {
            (RawBtf btf, uint id) = candidates[i];
            if (!CoreMatcher.Match(_local, kind, btf, id, _candidate)) continue;
            CoreValue value = CoreValue.Of(kind, _candidate);
            if (matching == 0)
            {
                result = new(old, value, CanResize(old, value, btf));
                (_best, _candidate) = (_candidate, _best);
            }
            else if (_candidate.BitOffset != _best.BitOffset || value.Value != result.New.Value)
            {
                throw new CoreException($"it is ambiguous: {Describe(_best, result.New)} and {Describe(_candidate, value)} both match");
            }

            candidates[matching++] = (btf, id);
        }

        if (matching == 0) return new(old, CoreValue.Of(kind, null), true);
        candidates.RemoveRange(matching, candidates.Count - matching);
        return result;
    }

    private static string Describe(CoreSpec spec, CoreValue value) =>
        $"'{spec}' (type {spec.RootId} of {spec.Btf.Name}: {value.Value}{(spec.BitOffset != 0 ? $", bit {spec.BitOffset}" : "")})";

    /// <summary>Whether a load of the one size may become one of the other: pointers, and unsigned integers, are extended with zeros.</summary>
    private bool CanResize(CoreValue old, CoreValue value, RawBtf btf)
    {
        if (old.Size == value.Size) return true;
        if (old.Size == 0 || value.Size == 0) return false;
        RawType from = local[old.TypeId], to = btf[value.TypeId];
        if (from.Kind == RawType.Pointer && to.Kind == RawType.Pointer) return true;
        const uint Signed = (uint)Objects.Btf.BtfIntEncoding.Signed;
        return from.Kind == RawType.Int && to.Kind == RawType.Int && from.IntEncoding != Signed && to.IntEncoding != Signed;
    }

    private List<(RawBtf Btf, uint Id)> Candidates(int typeId, RawType root)
    {
        if (_candidates.TryGetValue(typeId, out List<(RawBtf, uint)>? known)) return known;
        ReadOnlySpan<byte> name = local.NameAt(root.NameOffset);
        if (name.IsEmpty) throw new CoreException("the type has no name");
        List<(RawBtf, uint)> found = [];
        ReadOnlySpan<byte> essential = EssentialName.Of(name);
        // A module's types count only where the kernel itself has none of the name.
        foreach (RawBtf btf in target.InOrder())
        {
            if (btf.HasBase && found.Count > 0 && !found[0].Item1.HasBase) break;
            foreach (uint id in btf.Index.Find(essential, root)) found.Add((btf, id));
        }

        _candidates.Add(typeId, found);
        return found;
    }
}

/// <summary>The types of a kernel.</summary>
internal interface ICoreTarget
{
    /// <summary>How messages call it: <c>Linux 6.12.3</c>, or a file's name.</summary>
    string Description { get; }

    /// <summary>The kernel's types, then those of each module. Modules are read when the enumeration comes to them.</summary>
    IEnumerable<RawBtf> InOrder();
}
