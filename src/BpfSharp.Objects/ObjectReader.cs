using BpfSharp.Objects.Reading;

namespace BpfSharp.Objects;

/// <summary>Reads relocatable BPF ELF files, as this library and clang write them.</summary>
public static class ObjectReader
{
    /// <summary>
    /// Reads an object. What is read depends on the bytes alone. Map definitions must be in BTF (<c>.maps</c>); the older
    /// <c>struct bpf_map_def</c> is not supported.
    /// </summary>
    /// <param name="bytes">The whole file.</param>
    /// <exception cref="ObjectFormatException">The file is truncated, corrupted or no BPF object.</exception>
    public static ObjectSpec Read(ReadOnlySpan<byte> bytes) => new ObjectParser(bytes).Read();
}
