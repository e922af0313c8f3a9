using System.Collections.Immutable;

namespace BpfSharp.Objects.Binary;

/// <summary>Equality of arrays by content, for records.</summary>
internal static class Sequences
{
    /// <summary>Whether both hold equal elements; an array that was never set counts as empty.</summary>
    public static bool Equal<T>(ImmutableArray<T> left, ImmutableArray<T> right) =>
        Length(left) == Length(right) && (Length(left) == 0 || left.SequenceEqual(right));

    /// <summary>The number of elements, 0 for an array that was never set.</summary>
    public static int Length<T>(ImmutableArray<T> array) => array.IsDefault ? 0 : array.Length;
}
