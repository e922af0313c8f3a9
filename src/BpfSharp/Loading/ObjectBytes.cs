using BpfSharp.Objects;

namespace BpfSharp.Loading;

/// <summary>Reads an object file's bytes.</summary>
internal static class ObjectBytes
{
    /// <summary>Parses an ELF object.</summary>
    public static ObjectSpec Read(ReadOnlySpan<byte> elf) =>
        throw new NotSupportedException($"an object of {elf.Length} bytes cannot be parsed: this build has no ELF reader");
}
