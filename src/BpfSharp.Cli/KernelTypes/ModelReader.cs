using BpfSharp.Objects.Btf;

namespace BpfSharp.Cli.KernelTypes;

/// <summary>Takes the types of one kernel's BTF into a model. Kernels are read oldest first: a later one decides what a member is and where it stands.</summary>
internal sealed class ModelReader(BtfTypes types, uint kernel, SortedDictionary<string, KernelType> model)
{
    private const int MaximumDepth = 32;
    private readonly string?[] _names = new string?[types.Count + 1];
    private readonly HashSet<string> _done = new(StringComparer.Ordinal);
    private readonly HashSet<int> _typedefs = [];
    private readonly Queue<int> _anonymous = new();

    /// <summary>Reads all types.</summary>
    public void Read()
    {
        NameTypes();
        for (int id = 1; id <= types.Count; id++)
        {
            if (_names[id] is { } name) Add(id, name);
        }

        while (_anonymous.TryDequeue(out int id)) Add(id, _names[id]!);
    }

    /// <summary>Whether C# can have it as a name, perhaps behind an <c>@</c>.</summary>
    private static bool IsIdentifier(string name) =>
        name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] == '_') && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>Tags name structs, unions and enums; those without one have the name of their first typedef. The largest type of a name counts.</summary>
    private void NameTypes()
    {
        Dictionary<string, int> best = new(StringComparer.Ordinal);
        for (int pass = 0; pass < 2; pass++)
        {
            for (int id = 1; id <= types.Count; id++)
            {
                (string name, int target) = types[id] switch
                {
                    BtfStruct or BtfEnum when pass == 0 => (types[id].Name, id),
                    BtfTypedef t when pass == 1 && types.Find(types.Resolve(t.TypeId)) is BtfStruct { Name: "" } or BtfEnum { Name: "" } => (t.Name, types.Resolve(t.TypeId)),
                    _ => ("", 0),
                };
                if (!IsIdentifier(name) || _names[target] is not null) continue;
                if (best.TryGetValue(name, out int other))
                {
                    if (pass == 1 || Weight(target) <= Weight(other)) continue;
                    _names[other] = null;
                }

                best[name] = target;
                _names[target] = name;
                if (pass == 1) _typedefs.Add(target);
            }
        }
    }

    private long Weight(int id) => types[id] switch
    {
        BtfStruct s => (s.IsUnion ? 1L : 1L << 40) + s.Members.Length,
        BtfEnum e => e.Values.Length - (1L << 40),
        _ => 0,
    };

    private void Add(int id, string name)
    {
        if (!_done.Add(name)) return;
        TypeKind kind = types[id] switch { BtfStruct { IsUnion: true } => TypeKind.Union, BtfStruct => TypeKind.Struct, _ => TypeKind.Enum };
        if (!model.TryGetValue(name, out KernelType? type) || type.Kind != kind) model[name] = type = new KernelType { Name = name, Kind = kind };
        type.Kernels |= kernel;
        type.IsTypedef = kind != TypeKind.Enum && _typedefs.Contains(id);
        List<KernelMemberModel> members = [];
        if (types[id] is BtfEnum e)
        {
            (type.Size, type.IsSigned) = (e.Size, e.IsSigned);
            members.AddRange(e.Values.Where(v => IsIdentifier(v.Name)).Select(v => new KernelMemberModel(v.Name, null, v.Value, kernel)));
        }
        else
        {
            AddMembers((BtfStruct)types[id], name, members, 0);
        }

        Merge(type, members);
    }

    private void AddMembers(BtfStruct type, string owner, List<KernelMemberModel> members, int depth)
    {
        foreach (BtfMember member in type.Members)
        {
            if (member.Name.Length == 0)
            {
                // Members of anonymous structs inside are members of the struct around them, as in C.
                if (depth < MaximumDepth && types.Find(types.Resolve(member.TypeId)) is BtfStruct inner) AddMembers(inner, owner, members, depth + 1);
                continue;
            }

            if (IsIdentifier(member.Name) && Reference(member.TypeId, owner + "__" + member.Name, 0) is { } reference)
                members.Add(new(member.Name, reference, member.BitSize, kernel));
        }
    }

    /// <summary>What a member of a type is; null for what C# has no type for.</summary>
    private TypeReference? Reference(int typeId, string anonymous, int depth)
    {
        int id = types.Resolve(typeId);
        if (depth == MaximumDepth) return null;
        switch (types.Find(id))
        {
            case BtfInt { Size: 1 or 2 or 4 or 8 } i:
                return new TypeReference.Scalar(i.Encoding.HasFlag(BtfIntEncoding.Bool) ? 'b' : i.Encoding.HasFlag(BtfIntEncoding.Signed) && i.Name != "char" ? 'i' : 'u', i.Size);
            case BtfEnum e:
                return _names[id] is { } known ? new TypeReference.Named(known) : new TypeReference.Scalar(e.IsSigned ? 'i' : 'u', e.Size);
            case BtfStruct s:
                if (_names[id] is null)
                {
                    if (s.Name.Length > 0) return new TypeReference.Named(s.Name);
                    _names[id] = anonymous;
                    _anonymous.Enqueue(id);
                }

                return new TypeReference.Named(_names[id]!);
            case BtfPointer p:
                TypeReference? target = types.Find(types.Resolve(p.TypeId)) is BtfForward f ? new TypeReference.Named(f.Name) : Reference(p.TypeId, anonymous, depth + 1);
                return new TypeReference.Pointer(target, IsUser(p));
            case BtfArray a:
                return Reference(a.ElementTypeId, anonymous, depth + 1) is { } element ? new TypeReference.Array((uint)a.Count, element) : null;
            default:
                return null;
        }
    }

    /// <summary>Whether a pointer is tagged as <c>__user</c>: kernels that clang has built say it, right behind the pointer.</summary>
    private bool IsUser(BtfPointer pointer)
    {
        int id = pointer.TypeId;
        while (types.Find(id) is BtfTypeTag tag)
        {
            if (tag.Name == "user") return true;
            id = tag.TypeId;
        }

        return false;
    }

    /// <summary>A member that one kernel has as a bit field is read as one, which reads it where it is none, too. A value of an enum is the newest.</summary>
    private static long Width(KernelMemberModel member, KernelMemberModel before) => member is { Value: 0, Type: TypeReference.Scalar type } ? Math.Min(before.Value, type.Size * 8) : member.Value;

    private static void Merge(KernelType type, List<KernelMemberModel> members)
    {
        Dictionary<string, KernelMemberModel> old = new(StringComparer.Ordinal);
        foreach (KernelMemberModel member in type.Members) old.TryAdd(member.Name, member);
        List<KernelMemberModel> merged = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (KernelMemberModel member in members)
        {
            if (!seen.Add(member.Name)) continue;
            if (!old.Remove(member.Name, out KernelMemberModel? before))
            {
                merged.Add(member);
                continue;
            }

            // That a pointer is one of user space counts whichever kernel says it.
            bool isUser = before.Type is TypeReference.Pointer { IsUser: true } user && member.Type == user with { IsUser = false };
            merged.Add(member with { Type = isUser ? before.Type : member.Type, Value = Width(member, before), Kernels = member.Kernels | before.Kernels });
        }

        merged.AddRange(type.Members.Where(m => old.ContainsKey(m.Name)));
        type.Members = merged;
    }
}
