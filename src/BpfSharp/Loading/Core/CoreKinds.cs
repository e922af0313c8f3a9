using BpfSharp.Objects;

namespace BpfSharp.Loading.Core;

/// <summary>What the kinds of relocations have in common.</summary>
internal static class CoreKinds
{
    /// <summary>Whether it asks about a member.</summary>
    public static bool IsField(this CoreRelocationKind kind) => kind <= CoreRelocationKind.FieldRightShift;

    /// <summary>Whether it asks about a whole type.</summary>
    public static bool IsType(this CoreRelocationKind kind) =>
        kind is >= CoreRelocationKind.TypeIdLocal and <= CoreRelocationKind.TypeSize or CoreRelocationKind.TypeMatches;

    /// <summary>Whether it asks about a value of an enum.</summary>
    public static bool IsEnumValue(this CoreRelocationKind kind) => kind is CoreRelocationKind.EnumValueExists or CoreRelocationKind.EnumValue;

    /// <summary>Whether an array is the flexible one at the end of the struct that a step leads into.</summary>
    public static bool IsFlexible(this RawBtf btf, CoreStep step, RawType array) =>
        step.Name != 0 && array.ElementCount == 0 && step.Index == btf[step.TypeId].Count - 1;
}
