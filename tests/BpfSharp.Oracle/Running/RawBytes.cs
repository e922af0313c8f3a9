using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfSharp.Oracle.Running;

/// <summary>The bytes of values whose type is known at run time only, without code that .NET would have to compile for each type.</summary>
internal static class RawBytes
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The bytes of a boxed value.</summary>
    public static ReadOnlySpan<byte> Of(object boxed, int size) => MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<Box>(boxed).First, size);

    /// <summary>Size and alignment of a type without references.</summary>
    public static (int Size, int Alignment) Measure(Type type)
    {
        if (type.IsEnum) type = type.GetEnumUnderlyingType();
        switch (Type.GetTypeCode(type))
        {
            case TypeCode.Boolean or TypeCode.Byte or TypeCode.SByte: return (1, 1);
            case TypeCode.Char or TypeCode.Int16 or TypeCode.UInt16: return (2, 2);
            case TypeCode.Int32 or TypeCode.UInt32: return (4, 4);
            case TypeCode.Int64 or TypeCode.UInt64: return (8, 8);
        }
        if (type == typeof(nint) || type == typeof(nuint)) return (8, 8);
        // The first field of a union is as large as the whole.
        if (type.IsExplicitLayout) return Measure(InOrder(type).First().FieldType);
        int at = 0, most = 1;
        foreach (FieldInfo field in InOrder(type))
        {
            (int size, int alignment) = Measure(field.FieldType);
            at = Round(at, alignment) + size;
            most = Math.Max(most, alignment);
        }
        if (type.GetCustomAttribute<InlineArrayAttribute>() is { } array) at *= array.Length;
        return (Math.Max(1, Round(at, most)), most);
    }

    /// <summary>The bytes of a type that are no padding.</summary>
    public static (int Start, int Length)[] Parts(Type type)
    {
        List<(int Start, int Length)> parts = [];
        Collect(type, 0, parts);
        return [.. parts];
    }

    /// <summary>The bytes of a boxed value that are no padding, as hexadecimal digits.</summary>
    public static string Text(object boxed, int size, (int Start, int Length)[] parts)
    {
        ReadOnlySpan<byte> bytes = Of(boxed, size);
        if (parts is [(0, var length)]) return Convert.ToHexString(bytes[..length]);
        string text = "";
        foreach ((int start, int count) in parts) text += Convert.ToHexString(bytes.Slice(start, count));
        return text;
    }

    /// <summary>The bytes of a boxed value that are no padding, as hexadecimal digits.</summary>
    public static string Text(object boxed) => Text(boxed, Measure(boxed.GetType()).Size, Parts(boxed.GetType()));

    public static int Round(int at, int alignment) => (at + alignment - 1) / alignment * alignment;

    private static IEnumerable<FieldInfo> InOrder(Type type) => type.GetFields(Fields).OrderBy(static f => f.MetadataToken);

    private static void Collect(Type type, int start, List<(int Start, int Length)> parts)
    {
        if (type.IsPrimitive || type.IsEnum)
        {
            int size = Measure(type).Size;
            if (parts.Count > 0 && parts[^1].Start + parts[^1].Length == start) parts[^1] = (parts[^1].Start, parts[^1].Length + size);
            else parts.Add((start, size));
            return;
        }
        if (type.IsExplicitLayout)
        {
            Collect(InOrder(type).First().FieldType, start, parts);
            return;
        }
        int count = type.GetCustomAttribute<InlineArrayAttribute>()?.Length ?? 1;
        for (int i = 0; i < count; i++)
        {
            foreach (FieldInfo field in InOrder(type))
            {
                (int size, int alignment) = Measure(field.FieldType);
                start = Round(start, alignment);
                Collect(field.FieldType, start, parts);
                start += size;
            }
        }
    }

    /// <summary>Looks like any boxed value.</summary>
    private sealed class Box
    {
        public byte First;

        // What is boxed was assigned elsewhere.
        public Box(byte first) => First = first;
    }
}
