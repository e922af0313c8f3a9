using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace BpfSharp.Cli.KernelTypes;

/// <summary>
/// A model as a file: text, compressed. A line <c>S task_struct 1f</c> for each type with the mask of its kernels (a small letter if its name is a typedef's; <c>E name 1f 4 s</c> with size and sign for
/// an enum), followed by a line <c> comm [16]u1 1f</c> for each member (with <c>:3</c> behind the type of a bit field; a value in place of the type
/// for an enum). A mask that is the type's own is left out.
/// </summary>
internal static class ModelIndex
{
    private const string Header = "bpfsharp kernel types 1";

    /// <summary>Writes a model. The same model gives the same bytes.</summary>
    public static byte[] Write(KernelModel model)
    {
        StringBuilder text = new();
        text.Append(Header).Append('\n').AppendJoin('\t', model.Kernels).Append('\n');
        foreach (KernelType type in model.Types.Values)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(type.IsTypedef ? char.ToLowerInvariant(type.Kind.ToString()[0]) : type.Kind.ToString()[0])} {type.Name} {type.Kernels:x}");
            if (type.Kind == TypeKind.Enum) text.Append(CultureInfo.InvariantCulture, $" {type.Size} {(type.IsSigned ? 's' : 'u')}");
            text.Append('\n');
            foreach (KernelMemberModel member in type.Members)
            {
                text.Append(' ').Append(member.Name).Append(' ');
                if (member.Type is null) text.Append(member.Value);
                else text.Append(member.Type).Append(member.Value != 0 ? $":{member.Value}" : "");
                if (member.Kernels != type.Kernels) text.Append(CultureInfo.InvariantCulture, $" {member.Kernels:x}");
                text.Append('\n');
            }
        }

        byte[] bytes = Encoding.ASCII.GetBytes(text.ToString()), packed = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
        return BrotliEncoder.TryCompress(bytes, packed, out int length, quality: 9, window: 24) ? packed[..length] : throw new InvalidOperationException("the index cannot be compressed");
    }

    /// <summary>Reads a model.</summary>
    /// <exception cref="FormatException">It is no index.</exception>
    public static KernelModel Read(Stream file)
    {
        using StreamReader reader = new(new BrotliStream(file, CompressionMode.Decompress), Encoding.ASCII);
        if (reader.ReadLine() != Header) throw new FormatException("this is no index of kernel types");
        string[] kernels = reader.ReadLine()!.Split('\t');
        SortedDictionary<string, KernelType> types = new(StringComparer.Ordinal);
        KernelType? type = null;
        while (reader.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            if (line[0] == ' ')
            {
                uint mask = words.Length > 3 ? uint.Parse(words[3], NumberStyles.AllowHexSpecifier) : type!.Kernels;
                type!.Members.Add(type.Kind == TypeKind.Enum ? new(words[1], null, long.Parse(words[2]), mask) : Member(words[1], words[2], mask));
                continue;
            }

            type = new KernelType
            {
                Name = words[1],
                Kind = words[0] switch { "S" or "s" => TypeKind.Struct, "U" or "u" => TypeKind.Union, _ => TypeKind.Enum },
                IsTypedef = char.IsLower(words[0][0]),
                Kernels = uint.Parse(words[2], NumberStyles.AllowHexSpecifier),
            };
            if (type.Kind == TypeKind.Enum) (type.Size, type.IsSigned) = (int.Parse(words[3]), words[4] == "s");
            types.Add(type.Name, type);
        }

        return new(kernels, types);
    }

    private static KernelMemberModel Member(string name, string type, uint mask)
    {
        int bits = type.IndexOf(':', StringComparison.Ordinal);
        return bits < 0 ? new(name, TypeReference.Parse(type), 0, mask) : new(name, TypeReference.Parse(type.AsSpan(0, bits)), long.Parse(type.AsSpan(bits + 1)), mask);
    }
}
