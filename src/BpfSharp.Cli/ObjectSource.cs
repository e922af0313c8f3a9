using BpfSharp.EmitObjects;
using BpfSharp.Objects;

namespace BpfSharp.Cli;

/// <summary>An object that a command was pointed at.</summary>
/// <param name="Name">Its name: the class's, or the file's.</param>
/// <param name="Bytes">The ELF file.</param>
/// <param name="Spec">What it holds.</param>
internal sealed record ObjectSource(string Name, byte[] Bytes, ObjectSpec Spec)
{
    /// <summary>The objects in a file: an ELF object, or all that an assembly holds.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public static IReadOnlyList<ObjectSource> Read(string path)
    {
        if (!File.Exists(path)) throw new CommandException($"there is no file {path}");
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F']))
            return [new(Path.GetFileNameWithoutExtension(path), bytes, Parse(path, bytes))];
        if (bytes is not [(byte)'M', (byte)'Z', ..]) throw new CommandException($"{path} is neither an ELF object nor an assembly");
        List<(string Name, byte[] Bytes)> embedded = Embedded(path);
        return embedded.Count > 0
            ? [.. embedded.Select(e => new ObjectSource(e.Name, e.Bytes, Parse(path, e.Bytes)))]
            : throw new CommandException($"{path} holds no class with [BpfObject]");
    }

    private static List<(string Name, byte[] Bytes)> Embedded(string path)
    {
        try
        {
            return EmbeddedObjects.Read(path);
        }
        catch (BadImageFormatException e)
        {
            throw new CommandException($"{path} is no assembly that can be read: {e.Message}");
        }
    }

    private static ObjectSpec Parse(string path, byte[] bytes)
    {
        try
        {
            return ObjectReader.Read(bytes);
        }
        catch (ObjectFormatException e)
        {
            throw new CommandException($"{path}: {e.Message}");
        }
    }
}
