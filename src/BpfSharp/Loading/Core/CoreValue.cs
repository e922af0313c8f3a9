using BpfSharp.Objects;

namespace BpfSharp.Loading.Core;

/// <summary>What a relocation's answer is in one set of types.</summary>
/// <param name="Value">The number.</param>
/// <param name="IsMissing">Whether there is no answer because the target is missing.</param>
/// <param name="Size">Bytes of what a load or store at the offset moves, 0 where that does not matter.</param>
/// <param name="TypeId">Its type.</param>
/// <param name="IsExact">Whether the instruction must hold the object's own value; the compiler is free for bit fields.</param>
internal readonly record struct CoreValue(ulong Value, bool IsMissing = false, uint Size = 0, uint TypeId = 0, bool IsExact = true)
{
    /// <summary>Answers a relocation.</summary>
    /// <param name="kind">What is asked.</param>
    /// <param name="spec">The target, null if there is none.</param>
    /// <exception cref="CoreException">The question does not fit the target.</exception>
    public static CoreValue Of(CoreRelocationKind kind, CoreSpec? spec)
    {
        switch (kind)
        {
            case CoreRelocationKind.FieldExists or CoreRelocationKind.TypeExists or CoreRelocationKind.TypeMatches or CoreRelocationKind.EnumValueExists:
                return new(spec is null ? 0u : 1u);
            case CoreRelocationKind.TypeSize:
                return new(spec is null ? 0 : (ulong)spec.SizeOf(spec.RootId));
            case CoreRelocationKind.TypeIdTarget:
                return new(spec?.RootId ?? 0, IsExact: false);
            case CoreRelocationKind.TypeIdLocal:
                return new(spec!.RootId, IsExact: false);
        }

        if (spec is null) return new(0, IsMissing: true);
        CoreStep last = spec.Steps[^1];
        if (kind == CoreRelocationKind.EnumValue) return new(spec.Btf[last.TypeId].Value(last.Index));
        return last.Name == 0 ? OfElement(kind, spec, last) : OfMember(kind, spec, last);
    }

    private static CoreValue OfElement(CoreRelocationKind kind, CoreSpec spec, CoreStep last) => kind switch
    {
        CoreRelocationKind.FieldByteOffset => new(spec.BitOffset / 8, Size: ElementSize(spec, last.TypeId), TypeId: last.TypeId),
        CoreRelocationKind.FieldByteSize => new((ulong)spec.SizeOf(last.TypeId)),
        _ => throw new CoreException($"{kind} cannot be asked of an array's element"),
    };

    private static CoreValue OfMember(CoreRelocationKind kind, CoreSpec spec, CoreStep last)
    {
        RawType parent = spec.Btf[last.TypeId];
        uint typeId = spec.Btf.Resolve(parent.MemberType(last.Index));
        RawType type = spec.Btf[typeId];
        uint bits = parent.MemberBitSize(last.Index), offset = spec.BitOffset;
        bool isBitField = bits > 0;
        (uint byteOffset, uint bytes) = isBitField ? BitFieldPlace(type, offset, bits) : (offset / 8, (uint)spec.SizeOf(typeId));
        if (!isBitField) bits = unchecked(bytes * 8);
        return kind switch
        {
            CoreRelocationKind.FieldByteOffset when isBitField => new(byteOffset, IsExact: false),
            CoreRelocationKind.FieldByteOffset => new(byteOffset, Size: ElementSize(spec, typeId), TypeId: typeId),
            CoreRelocationKind.FieldByteSize => new(bytes, IsExact: !isBitField),
            CoreRelocationKind.FieldSigned => new((type.IsEnum && type.Flag) || (type.Kind == RawType.Int && (type.IntEncoding & (uint)Objects.Btf.BtfIntEncoding.Signed) != 0) ? 1u : 0),
            // Little-endian, as the object is.
            CoreRelocationKind.FieldLeftShift => new(unchecked(64 - (offset + bits - (byteOffset * 8))), IsExact: !isBitField),
            CoreRelocationKind.FieldRightShift => new(unchecked(64 - bits)),
            _ => throw new CoreException($"{kind} cannot be asked of a member"),
        };
    }

    /// <summary>The smallest naturally aligned integer that holds a bit field, at least as large as the declared one.</summary>
    private static (uint Offset, uint Bytes) BitFieldPlace(RawType type, uint offset, uint bits)
    {
        if (type.Kind is not (RawType.Int or RawType.Enum or RawType.Enum64) || type.Size == 0) throw new CoreException("the bit field is no integer");
        ulong bytes = type.Size, start = offset / 8 / bytes * bytes;
        while (offset + bits - (start * 8) > bytes * 8)
        {
            if (bytes >= 8) throw new CoreException("the bit field cannot be read at once");
            bytes *= 2;
            start = offset / 8 / bytes * bytes;
        }

        return ((uint)start, (uint)bytes);
    }

    /// <summary>Bytes of a member as a load sees it: of one element, where it is an array.</summary>
    private static uint ElementSize(CoreSpec spec, uint typeId)
    {
        for (int depth = 0; depth < CoreSpec.MaximumLength; depth++)
        {
            typeId = spec.Btf.Resolve(typeId);
            RawType type = spec.Btf[typeId];
            if (type.Kind != RawType.Array) return (uint)spec.SizeOf(typeId);
            typeId = type.ElementTypeId;
        }

        throw new CoreException("arrays nest too deep");
    }
}
