namespace BpfSharp.Loading.Core;

/// <summary>When a type of the object and one of the kernel stand for each other. Three relations, as libbpf has them.</summary>
internal static class CoreTypeRules
{
    private const int MaximumDepth = 32;
    private const uint Signed = 1;

    /// <summary>
    /// For members: structs and unions mix, pointers and floats are alike, integers are alike whatever their size and sign, enums by
    /// name, arrays by their elements.
    /// </summary>
    public static bool FieldsAreCompatible(RawBtf localBtf, uint localId, RawBtf btf, uint id)
    {
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            RawType local = localBtf[localBtf.Resolve(localId)], type = btf[btf.Resolve(id)];
            if (local.IsComposite && type.IsComposite) return true;
            if (!RawType.KindsAreCompatible(local, type)) return false;
            switch (local.Kind)
            {
                case RawType.Pointer or RawType.Float:
                    return true;
                case RawType.Forward or RawType.Enum or RawType.Enum64:
                    ReadOnlySpan<byte> localName = EssentialName.Of(localBtf.NameAt(local.NameOffset)), name = EssentialName.Of(btf.NameAt(type.NameOffset));
                    return localName.IsEmpty || name.IsEmpty || localName.SequenceEqual(name);
                case RawType.Int:
                    return local.IntOffset == 0 && type.IntOffset == 0;
                case RawType.Array:
                    (localId, id) = (local.ElementTypeId, type.ElementTypeId);
                    continue;
                default:
                    return false;
            }
        }

        throw new CoreException("arrays nest too deep");
    }

    /// <summary>
    /// For whole types whose names were compared already: any two structs are compatible, any two unions, enums, integers; pointers and arrays by
    /// what they are of; function types by their parameters and result.
    /// </summary>
    public static bool AreCompatible(RawBtf localBtf, uint localId, RawBtf btf, uint id, int level = MaximumDepth)
    {
        if (!RawType.KindsAreCompatible(localBtf[localId], btf[id])) return false;
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            localId = localBtf.Resolve(localId);
            id = btf.Resolve(id);
            RawType local = localBtf[localId], type = btf[id];
            if (!RawType.KindsAreCompatible(local, type)) return false;
            switch (local.Kind)
            {
                case 0 or RawType.Struct or RawType.Union or RawType.Enum or RawType.Enum64 or RawType.Forward:
                    return true;
                case RawType.Int:
                    return local.IntOffset == 0 && type.IntOffset == 0;
                case RawType.Pointer:
                    (localId, id) = (local.TypeId, type.TypeId);
                    continue;
                case RawType.Array:
                    (localId, id) = (local.ElementTypeId, type.ElementTypeId);
                    continue;
                case RawType.Prototype:
                    if (local.Count != type.Count) return false;
                    if (level <= 0 && local.Count > 0) throw new CoreException("function types nest too deep");
                    for (int i = 0; i < local.Count; i++)
                    {
                        if (!AreCompatible(localBtf, localBtf.Resolve(local.ParameterType(i)), btf, btf.Resolve(type.ParameterType(i)), level - 1)) return false;
                    }

                    (localId, id) = (localBtf.Resolve(local.TypeId), btf.Resolve(type.TypeId));
                    continue;
                default:
                    return false;
            }
        }

        throw new CoreException("types nest too deep");
    }

    /// <summary>
    /// For <c>bpf_core_type_matches</c>: the object's members and values must all be there by name, with matching types; integers agree in size
    /// and sign; behind a pointer structs match by name, and a forward declaration stands for its type.
    /// </summary>
    public static bool Match(RawBtf localBtf, uint localId, RawBtf btf, uint id, bool behindPointer = false, int level = MaximumDepth)
    {
        if (level <= 0) throw new CoreException("types nest too deep");
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            localId = localBtf.Resolve(localId);
            id = btf.Resolve(id);
            RawType local = localBtf[localId], type = btf[id];
            if (!NamesMatch(localBtf, local.NameOffset, btf, type.NameOffset)) return false;
            switch (local.Kind)
            {
                case 0:
                    return type.IsVoid;
                case RawType.Forward:
                    if (type.Kind == RawType.Forward) return local.Flag == type.Flag;
                    return behindPointer && type.Kind == (local.Flag ? RawType.Union : RawType.Struct);
                case RawType.Enum or RawType.Enum64:
                    return type.IsEnum && EnumsMatch(localBtf, local, btf, type);
                case RawType.Struct or RawType.Union:
                    if (local.Kind == type.Kind) return behindPointer || MembersMatch(localBtf, local, btf, type, level);
                    return behindPointer && type.Kind == RawType.Forward && (local.Kind == RawType.Union) == type.Flag;
                case RawType.Int:
                    return type.Kind == RawType.Int && local.Size == type.Size && (local.IntEncoding & Signed) == (type.IntEncoding & Signed);
                case RawType.Pointer:
                    if (type.Kind != RawType.Pointer) return false;
                    behindPointer = true;
                    (localId, id) = (local.TypeId, type.TypeId);
                    continue;
                case RawType.Array:
                    if (type.Kind != RawType.Array || local.ElementCount != type.ElementCount) return false;
                    (localId, id) = (local.ElementTypeId, type.ElementTypeId);
                    continue;
                case RawType.Prototype:
                    if (type.Kind != RawType.Prototype || local.Count != type.Count) return false;
                    for (int i = 0; i < local.Count; i++)
                    {
                        if (!Match(localBtf, local.ParameterType(i), btf, type.ParameterType(i), behindPointer, level - 1)) return false;
                    }

                    (localId, id) = (local.TypeId, type.TypeId);
                    continue;
                default:
                    return false;
            }
        }

        throw new CoreException("types nest too deep");
    }

    private static bool MembersMatch(RawBtf localBtf, RawType local, RawBtf btf, RawType type, int level)
    {
        if (local.Count > type.Count) return false;
        for (int i = 0; i < local.Count; i++)
        {
            bool matched = false;
            for (int j = 0; j < type.Count && !matched; j++)
            {
                matched = NamesMatch(localBtf, local.MemberName(i), btf, type.MemberName(j))
                    && Match(localBtf, local.MemberType(i), btf, type.MemberType(j), behindPointer: false, level - 1);
            }

            if (!matched) return false;
        }

        return true;
    }

    private static bool EnumsMatch(RawBtf localBtf, RawType local, RawBtf btf, RawType type)
    {
        if (local.Size != type.Size || local.Count > type.Count) return false;
        for (int i = 0; i < local.Count; i++)
        {
            bool matched = false;
            for (int j = 0; j < type.Count && !matched; j++) matched = NamesMatch(localBtf, local.ValueName(i), btf, type.ValueName(j));
            if (!matched) return false;
        }

        return true;
    }

    private static bool NamesMatch(RawBtf localBtf, uint localName, RawBtf btf, uint name)
    {
        ReadOnlySpan<byte> text = btf.NameAt(name), localText = localBtf.NameAt(localName);
        return text.IsEmpty ? localText.IsEmpty : EssentialName.Of(localText).SequenceEqual(EssentialName.Of(text));
    }
}
