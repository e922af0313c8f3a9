using BpfSharp.Objects;

namespace BpfSharp.Loading.Core;

/// <summary>Finds in a candidate type what the object's path names, by libbpf's rules.</summary>
internal static class CoreMatcher
{
    // How deep anonymous structs may nest before the types are taken for corrupted.
    private const int MaximumNesting = 64;

    /// <summary>Looks for the target of <paramref name="local"/> in a candidate.</summary>
    /// <param name="local">What the object asks for.</param>
    /// <param name="kind">What it wants to know.</param>
    /// <param name="btf">The candidate's types.</param>
    /// <param name="candidate">The candidate.</param>
    /// <param name="target">Becomes the path there.</param>
    /// <returns>Whether it is there.</returns>
    /// <exception cref="CoreException">The types cannot be followed.</exception>
    public static bool Match(CoreSpec local, CoreRelocationKind kind, RawBtf btf, uint candidate, CoreSpec target)
    {
        target.Start(btf, candidate);
        if (kind == CoreRelocationKind.TypeMatches) return CoreTypeRules.Match(local.Btf, local.RootId, btf, candidate);
        if (kind.IsType()) return CoreTypeRules.AreCompatible(local.Btf, local.RootId, btf, candidate);
        return kind.IsEnumValue() ? MatchValue(local, btf, candidate, target) : MatchPath(local, btf, candidate, target);
    }

    private static bool MatchValue(CoreSpec local, RawBtf btf, uint candidate, CoreSpec target)
    {
        uint id = btf.Resolve(candidate);
        RawType type = btf[id];
        if (!type.IsEnum) return false;
        ReadOnlySpan<byte> wanted = EssentialName.Of(local.Btf.NameAt(local.Steps[0].Name));
        for (int i = 0; i < type.Count; i++)
        {
            if (!EssentialName.Of(btf.NameAt(type.ValueName(i))).SequenceEqual(wanted)) continue;
            target.Add(id, i, type.ValueName(i));
            return true;
        }

        return false;
    }

    private static bool MatchPath(CoreSpec local, RawBtf btf, uint candidate, CoreSpec target)
    {
        uint id = candidate;
        for (int i = 0; i < local.Length; i++)
        {
            CoreStep step = local.Steps[i];
            id = btf.Resolve(id);
            RawType type = btf[id];
            if (step.Name != 0)
            {
                if (!MatchMember(local.Btf, step, btf, id, target, ref id, 0)) return false;
                continue;
            }

            // The first step is from a pointer to the root; all others are from an array to its element.
            if (i > 0)
            {
                if (type.Kind != RawType.Array) return false;
                if (!target.IsFlexible(type) && (uint)step.Index >= type.ElementCount) return false;
                id = btf.Resolve(type.ElementTypeId);
            }

            if (target.Depth == CoreSpec.MaximumLength) throw new CoreException("the path has too many steps");
            target.Add(id, step.Index, 0);
            target.Depth++;
            target.BitOffset = unchecked(target.BitOffset + ((uint)step.Index * (uint)target.SizeOf(id) * 8));
        }

        return true;
    }

    /// <summary>Finds a member by its name, also inside of anonymous structs and unions; the first one counts.</summary>
    private static bool MatchMember(RawBtf local, CoreStep step, RawBtf btf, uint inside, CoreSpec target, ref uint next, int nesting)
    {
        if (nesting == MaximumNesting) throw new CoreException("anonymous structs nest too deep");
        inside = btf.Resolve(inside);
        RawType type = btf[inside];
        if (!type.IsComposite) return false;
        ReadOnlySpan<byte> name = local.NameAt(step.Name);
        for (int i = 0; i < type.Count; i++)
        {
            if (target.Depth == CoreSpec.MaximumLength) throw new CoreException("the path has too many steps");
            uint offset = type.MemberBitOffset(i);
            uint memberName = type.MemberName(i);
            if (memberName == 0 || btf.NameAt(memberName).IsEmpty)
            {
                target.BitOffset = unchecked(target.BitOffset + offset);
                target.Depth++;
                if (MatchMember(local, step, btf, type.MemberType(i), target, ref next, nesting + 1)) return true;
                target.Depth--;
                target.BitOffset = unchecked(target.BitOffset - offset);
            }
            else if (btf.NameAt(memberName).SequenceEqual(name))
            {
                if (!CoreTypeRules.FieldsAreCompatible(local, local[step.TypeId].MemberType(step.Index), btf, type.MemberType(i))) return false;
                target.BitOffset = unchecked(target.BitOffset + offset);
                target.Depth++;
                target.Add(inside, i, memberName);
                next = type.MemberType(i);
                return true;
            }
        }

        return false;
    }
}
