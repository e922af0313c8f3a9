using BpfSharp.Objects.Writing;

namespace BpfSharp.Objects;

/// <summary>Writes object specifications as relocatable ELF files, laid out as clang lays out a <c>.bpf.o</c> for libbpf.</summary>
public static class ObjectWriter
{
    /// <summary>
    /// Writes <paramref name="spec"/> as an ELF object. The same specification gives the same bytes, and <see cref="ObjectReader.Read"/> gives
    /// the specification back.
    /// </summary>
    /// <param name="spec">
    /// What to write. <see cref="ObjectSpec.Btf"/> holds the program's own types; those that describe <c>.maps</c> are added here.
    /// </param>
    /// <exception cref="ArgumentException">The specification contradicts itself, e.g. a relocation names a symbol that does not exist.</exception>
    public static byte[] Write(ObjectSpec spec) => new ObjectLayout(spec).Write();
}
