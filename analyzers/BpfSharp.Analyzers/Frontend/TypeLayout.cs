using System.Collections.Immutable;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>How values of a type are kept.</summary>
internal enum LayoutKind
{
    /// <summary>No value.</summary>
    Void,
    /// <summary>An integer, bool, char or enum: one IR integer.</summary>
    Integer,
    /// <summary>One pointer: a managed reference, a kernel-side reference or handle.</summary>
    Pointer,
    /// <summary>Bytes in memory, reached by address.</summary>
    Struct,
}

/// <summary>A field in a struct.</summary>
/// <param name="Symbol">The field's original definition, null for those of types that the front end knows by heart.</param>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Bytes from the struct's start.</param>
/// <param name="Layout">The layout of its type; a pointer for <c>ref</c> fields.</param>
/// <param name="IsReference">Whether it is a <c>ref</c> field.</param>
internal sealed record FieldLayout(IFieldSymbol? Symbol, string Name, int Offset, TypeLayout Layout, bool IsReference);

/// <summary>Size, alignment and parts of a type, as .NET lays it out on a 64-bit machine.</summary>
internal sealed class TypeLayout(ITypeSymbol type, LayoutKind kind, int size, int alignment, bool isSigned = false)
{
    /// <summary>The type; free of type parameters.</summary>
    public ITypeSymbol Type { get; } = type;

    /// <summary>How values are kept.</summary>
    public LayoutKind Kind { get; } = kind;

    /// <summary>Bytes.</summary>
    public int Size { get; } = size;

    /// <summary>Bytes.</summary>
    public int Alignment { get; } = alignment;

    /// <summary>Whether it is a signed integer.</summary>
    public bool IsSigned { get; } = isSigned;

    /// <summary>The fields, ascending by offset; empty for scalars.</summary>
    public ImmutableArray<FieldLayout> Fields { get; init; } = [];

    /// <summary>The number of elements of an <c>[InlineArray]</c>, else 0.</summary>
    public int ElementCount { get; init; }

    /// <summary>The layout of an inline array's elements, or of what a span is over.</summary>
    public TypeLayout? Element { get; init; }

    /// <summary>Whether bytes between or after fields belong to none of them.</summary>
    public bool HasPadding { get; init; }

    /// <summary>Whether it holds pointers, which cannot be kept in maps and globals.</summary>
    public bool HasPointers { get; init; } = kind == LayoutKind.Pointer;

    /// <summary>Whether there is a lock in it, whose bytes count as padding: only the lock's helpers touch them.</summary>
    public bool HasLock { get; init; }

    /// <summary>Whether it is a lock.</summary>
    public bool IsLock => HasLock && Fields.IsEmpty;

    /// <summary>Bytes of a lock.</summary>
    public const int LockSize = 4;

    /// <summary>Whether it is <c>Span&lt;T&gt;</c> or <c>ReadOnlySpan&lt;T&gt;</c>: a pointer and an <c>int</c> at <see cref="SpanLengthOffset"/>.</summary>
    public bool IsSpan { get; init; }

    /// <summary>Where a span's length is.</summary>
    public const int SpanLengthOffset = 8;

    /// <summary>Whether it is one IR value.</summary>
    public bool IsScalar => Kind is LayoutKind.Integer or LayoutKind.Pointer;

    /// <summary>Whether it is an integer kept as i64.</summary>
    public bool Is64 => Kind == LayoutKind.Integer && Size == 8;

    /// <summary>Bits of an integer.</summary>
    public int Bits => Size * 8;

    /// <summary>Whether it is <c>bool</c>.</summary>
    public bool IsBool => Type.SpecialType == SpecialType.System_Boolean;

    /// <summary>Whether it is <c>Nullable&lt;T&gt;</c>: <c>hasValue</c> and <c>value</c>.</summary>
    public bool IsNullable => Type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T;

    /// <summary>The width of a memory access.</summary>
    public Access Access => Kind == LayoutKind.Pointer ? Access.U64 : AccessExtensions.OfSize(Size, IsSigned && Size < 4);

    /// <summary>The IR type of a scalar, or of the pointer by which a struct is passed.</summary>
    public IrType IrType => Kind switch
    {
        LayoutKind.Void => IrType.Void,
        LayoutKind.Integer => Size == 8 ? IrType.I64 : IrType.I32,
        _ => IrType.Pointer(),
    };

    /// <summary>The field of a name; the front end asks only for fields that are there.</summary>
    public FieldLayout Field(string name) => Fields.First(f => f.Name == name);

    /// <inheritdoc/>
    public override string ToString() => $"{Type} ({Size} bytes)";
}
