using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Loading;

/// <summary>What types an extern that takes a setting of the kernel's configuration can have.</summary>
internal enum ConfigType
{
    Bool,
    Character,
    Integer,
    ThreeState,
    Text,
}

/// <summary>An extern that takes a setting of the kernel's configuration (<c>__kconfig</c>).</summary>
/// <param name="Name">The setting, e.g. <c>CONFIG_HZ</c>; <c>LINUX_*</c> are the loader's own.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Alignment">Bytes.</param>
/// <param name="IsSigned">Whether an integer is signed.</param>
/// <param name="IsWeak">Whether it is 0 where the kernel has no such setting.</param>
/// <param name="Offset">Where it stands in its section.</param>
internal sealed record ConfigSymbol(string Name, ConfigType Type, int Size, int Alignment, bool IsSigned, bool IsWeak, int Offset = 0)
{
    /// <summary>Reads one from its variable.</summary>
    public static ConfigSymbol Of(BtfTypes types, BtfVariable variable, bool isWeak)
    {
        BtfType? type = types.Find(types.Resolve(variable.TypeId));
        BtfType? element = type is BtfArray a ? types.Find(types.Resolve(a.ElementTypeId)) : null;
        (ConfigType Type, int Size, bool Signed)? found = type switch
        {
            BtfInt { Size: 1 } i when i.Encoding.HasFlag(BtfIntEncoding.Bool) => (ConfigType.Bool, 1, false),
            BtfInt { Size: 1 } i => (ConfigType.Character, 1, i.Encoding.HasFlag(BtfIntEncoding.Signed)),
            BtfInt { Size: 2 or 4 or 8 } i when !i.Encoding.HasFlag(BtfIntEncoding.Bool) => (ConfigType.Integer, i.Size, i.Encoding.HasFlag(BtfIntEncoding.Signed)),
            BtfEnum { Size: 4, Name: "libbpf_tristate" } => (ConfigType.ThreeState, 4, false),
            BtfArray { Count: > 0 } array when element is BtfInt { Size: 1 } i && !i.Encoding.HasFlag(BtfIntEncoding.Bool) => (ConfigType.Text, array.Count, false),
            _ => null,
        };
        return found is { } f
            ? new(variable.Name, f.Type, f.Size, f.Type == ConfigType.Text ? 1 : f.Size, f.Signed, isWeak)
            : throw new BpfException($"the extern '{variable.Name}' (__kconfig) has a type that no setting of the kernel's configuration has: use bool, char, an integer, char[] or enum libbpf_tristate");
    }

    /// <summary>Writes a setting as the configuration spells it.</summary>
    /// <exception cref="BpfException">The setting does not fit the extern's type.</exception>
    public void Write(string value, Span<byte> section)
    {
        Span<byte> place = section.Slice(Offset, Size);
        bool ok = value switch
        {
            "y" or "n" or "m" => WriteState(value[0], place),
            ['"', .., '"'] => WriteText(value[1..^1], place),
            _ => TryParse(value, out ulong number) && WriteNumber(number, place),
        };
        if (!ok) throw new BpfException($"the kernel's {Name} is {value}, which does not fit the extern's type ({Type}, {Size} bytes)");
    }

    private static bool TryParse(string value, out ulong number)
    {
        bool negative = value.StartsWith('-');
        ReadOnlySpan<char> digits = value.AsSpan(negative ? 1 : 0);
        bool ok = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        if (negative) number = unchecked(0 - number);
        return ok;
    }

    private bool WriteState(char state, Span<byte> place)
    {
        switch (Type)
        {
            case ConfigType.Bool when state != 'm':
                place[0] = state == 'y' ? (byte)1 : (byte)0;
                return true;
            case ConfigType.Character:
                place[0] = (byte)state;
                return true;
            case ConfigType.ThreeState:
                // enum libbpf_tristate
                BinaryPrimitives.WriteInt32LittleEndian(place, state switch { 'y' => 1, 'm' => 2, _ => 0 });
                return true;
            default:
                return false;
        }
    }

    private bool WriteText(string text, Span<byte> place)
    {
        if (Type != ConfigType.Text) return false;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        bytes.AsSpan(0, Math.Min(bytes.Length, place.Length - 1)).CopyTo(place);
        return true;
    }

    private bool WriteNumber(ulong value, Span<byte> place)
    {
        if (Type is not (ConfigType.Integer or ConfigType.Character or ConfigType.Bool) || (Type == ConfigType.Bool && value > 1)) return false;
        if (Size < 8)
        {
            int bits = Size * 8;
            bool fits = IsSigned ? unchecked(value + (1UL << (bits - 1))) < 1UL << bits : value >> bits == 0;
            if (!fits) return false;
        }

        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..Size].CopyTo(place);
        return true;
    }
}
