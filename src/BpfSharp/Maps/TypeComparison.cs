using BpfSharp.Objects.Btf;

namespace BpfSharp.Maps;

/// <summary>
/// Whether two types mean the same bytes: the same size, the same members at the same places. Names count where two members could be taken for each
/// other, without regard to case and underscores (C's <c>start_time</c> is C#'s <c>StartTime</c>); signs do not count, as C and C# differ there at will.
/// </summary>
/// <param name="existing">The types of what exists.</param>
/// <param name="wanted">The types of what is wanted.</param>
internal sealed class TypeComparison(BtfTypes existing, BtfTypes wanted)
{
    // Deeper types than people write: what comes around again was compared before.
    private const int Deepest = 16;

    /// <summary>How a type differs, null if it does not.</summary>
    /// <param name="existingId">The type that exists.</param>
    /// <param name="wantedId">The type that is wanted.</param>
    /// <param name="path">What it is: "value".</param>
    public string? Difference(int existingId, int wantedId, string path) => Compare(existingId, wantedId, path, 0);

    private string? Compare(int existingId, int wantedId, string path, int depth)
    {
        if (existingId == 0 || wantedId == 0 || depth > Deepest) return null;
        (int theirs, int ours) = (existing.Resolve(existingId), wanted.Resolve(wantedId));
        (int? theirSize, int? ourSize) = (existing.SizeOf(theirs), wanted.SizeOf(ours));
        if (theirSize != ourSize) return $"its {path} has {theirSize} bytes ({Name(existing, theirs)}), not {ourSize} ({Name(wanted, ours)})";
        return (existing.Find(theirs), wanted.Find(ours)) switch
        {
            (BtfStruct a, BtfStruct b) when a.IsUnion == b.IsUnion && !a.IsUnion => Members(a, b, path, depth),
            (BtfArray a, BtfArray b) when a.Count == b.Count => Compare(a.ElementTypeId, b.ElementTypeId, path + "[]", depth + 1),
            (BtfStruct or BtfArray, BtfStruct or BtfArray) => null,
            // One number in place of several, or the other way round.
            (BtfStruct { Members.Length: > 1 }, BtfInt) or (BtfInt, BtfStruct { Members.Length: > 1 }) =>
                $"its {path} is of type {Name(existing, theirs)}, not {Name(wanted, ours)}",
            _ => null,
        };
    }

    private string? Members(BtfStruct theirs, BtfStruct ours, string path, int depth)
    {
        if (theirs.Members.Length != ours.Members.Length)
            return $"its {path} has {theirs.Members.Length} members ({Names(theirs)}), not {ours.Members.Length} ({Names(ours)})";
        for (int i = 0; i < ours.Members.Length; i++)
        {
            (BtfMember a, BtfMember b) = (theirs.Members[i], ours.Members[i]);
            if (a.BitOffset != b.BitOffset || a.BitSize != b.BitSize)
                return $"its {path}.{a.Name} is at byte {a.BitOffset / 8}, and {b.Name} is expected at byte {b.BitOffset / 8}";
            if (!SameName(a.Name, b.Name)) return $"its {path} has '{a.Name}' at byte {a.BitOffset / 8}, not '{b.Name}'";
            if (Compare(a.TypeId, b.TypeId, $"{path}.{a.Name}", depth + 1) is { } difference) return difference;
        }

        return null;
    }

    private static bool SameName(string a, string b) =>
        a.Length == 0 || b.Length == 0
        || string.Equals(a.Replace("_", "", StringComparison.Ordinal), b.Replace("_", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);

    private static string Names(BtfStruct type) => string.Join(", ", type.Members.Select(m => m.Name));

    private static string Name(BtfTypes types, int id) => types.Find(id) switch
    {
        BtfStruct { IsUnion: true } union => $"union {union.Name}",
        BtfStruct structure => $"struct {structure.Name}",
        BtfArray array => $"array of {array.Count}",
        { Name.Length: > 0 } named => named.Name,
        _ => "unnamed",
    };
}
