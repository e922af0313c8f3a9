using System.Collections.Immutable;
using System.Globalization;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// The kernel types that the programs use, and the relocations that refer to them. Which members a type has is only known when everything is lowered,
/// so offsets and relocations are put into the values at the end.
/// </summary>
internal sealed class KernelTypeTable
{
    private readonly Dictionary<string, LocalType> _types = new(StringComparer.Ordinal);
    private readonly List<LocalType> _order = [];
    private readonly List<Relocation> _relocations = [];

    private sealed record Relocation(Value Value, CoreRelocationKind Kind, KernelPath Path, LocalValue? EnumValue);

    /// <summary>The type of a kernel name, made at its first use.</summary>
    public LocalType Type(string name, Func<LocalType> make)
    {
        if (_types.TryGetValue(name, out LocalType? type)) return type;
        type = make();
        _types.Add(name, type);
        _order.Add(type);
        return type;
    }

    /// <summary>A struct that the front end knows itself.</summary>
    public LocalType Struct(string name) => Type(name, () => new LocalType(name, false, false));

    /// <summary>Lets a value's constant or offset be what a relocation gives.</summary>
    public Value Relocate(Value value, CoreRelocationKind kind, KernelPath path)
    {
        path.Root.IsDefined = true;
        _relocations.Add(new Relocation(value, kind, path, null));
        return value;
    }

    /// <summary>Lets a value's constant be what a relocation about a type gives.</summary>
    public Value Relocate(Value value, CoreRelocationKind kind, LocalType type) => Relocate(value, kind, new KernelPath(type, []));

    /// <summary>Lets a value's constant be what a relocation about an enum's value gives.</summary>
    public Value Relocate(Value value, CoreRelocationKind kind, LocalType type, LocalValue member)
    {
        _relocations.Add(new Relocation(value, kind, new KernelPath(type, []), member));
        return value;
    }

    /// <summary>Lays the types out, writes them, and completes the values.</summary>
    public void Finish(BtfTypeWriter btf)
    {
        if (_relocations.Count == 0) return;
        foreach (LocalType type in _order) type.LayOut();
        LocalTypeWriter writer = new(btf);
        foreach (LocalType type in _order)
        {
            if (type.IsDefined) writer.Reserve(type);
        }
        foreach (LocalType type in _order)
        {
            if (type.IsDefined) writer.Write(type);
        }
        foreach (Relocation relocation in _relocations) Complete(relocation);
    }

    private static void Complete(Relocation relocation)
    {
        (Value value, CoreRelocationKind kind, KernelPath path, LocalValue? member) = relocation;
        string access = member is null ? path.Access : member.Index.ToString(CultureInfo.InvariantCulture);
        value.Core = new CoreAccess(path.Root.Id, access, kind);
        long local = Local(kind, path, member);
        value.Immediate = value.Type.IsI32 ? (int)local : local;
    }

    /// <summary>What the relocation gives for the local type: loaders check that it is there before they replace it.</summary>
    private static long Local(CoreRelocationKind kind, KernelPath path, LocalValue? member)
    {
        int width = path.Last?.BitWidth ?? 0;
        return kind switch
        {
            CoreRelocationKind.FieldByteOffset => path.Offset,
            CoreRelocationKind.FieldByteSize => LocalType.SizeOf(path.End!).Size,
            CoreRelocationKind.FieldSigned => path.End is LocalMemberType.Integer { IsSigned: true } or LocalMemberType.Enum { Type.IsSigned: true } ? 1 : 0,
            CoreRelocationKind.FieldLeftShift => 64 - (width == 0 ? 8 * LocalType.SizeOf(path.End!).Size : width),
            CoreRelocationKind.FieldRightShift => 64 - (width == 0 ? 8 * LocalType.SizeOf(path.End!).Size : width),
            CoreRelocationKind.TypeIdLocal or CoreRelocationKind.TypeIdTarget => path.Root.Id,
            CoreRelocationKind.TypeSize => path.Root.Size,
            CoreRelocationKind.EnumValue => member!.Value,
            _ => 1,
        };
    }
}
