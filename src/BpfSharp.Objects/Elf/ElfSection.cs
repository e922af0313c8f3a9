namespace BpfSharp.Objects.Elf;

/// <summary>A section header.</summary>
/// <param name="Index">The section's index in the file.</param>
/// <param name="Name">Its name, or <c>section</c> and its index if it has none.</param>
/// <param name="Type"><c>SHT_*</c>.</param>
/// <param name="Flags"><c>SHF_*</c>.</param>
/// <param name="Offset">Where its content starts in the file.</param>
/// <param name="Size">Bytes of content.</param>
/// <param name="Link">An index whose meaning depends on the type.</param>
/// <param name="Info">For relocations, the section they apply to.</param>
internal sealed record ElfSection(int Index, string Name, uint Type, ulong Flags, ulong Offset, ulong Size, uint Link, uint Info)
{
    public bool IsExecutable => Type == ElfConstants.SectionProgramBits && (Flags & ElfConstants.FlagExecute) != 0;
}

/// <summary>A symbol.</summary>
/// <param name="Name">Its name; "" for section symbols.</param>
/// <param name="Type"><c>STT_*</c>.</param>
/// <param name="Bind"><c>STB_*</c>.</param>
/// <param name="Visibility"><c>STV_*</c>.</param>
/// <param name="Section">The section's index, or a reserved one.</param>
/// <param name="Value">Bytes from the section's start.</param>
/// <param name="Size">Bytes.</param>
internal readonly record struct ElfSymbol(string Name, int Type, int Bind, int Visibility, int Section, ulong Value, ulong Size)
{
    public bool IsGlobal => Bind != ElfConstants.BindLocal && Visibility is not (ElfConstants.VisibilityHidden or ElfConstants.VisibilityInternal);
}

/// <summary>A relocation without addend (<c>Elf64_Rel</c>).</summary>
/// <param name="Offset">Bytes from the start of the section it applies to.</param>
/// <param name="Symbol">The symbol's index.</param>
/// <param name="Type"><c>R_BPF_*</c>.</param>
internal readonly record struct ElfRelocation(ulong Offset, int Symbol, uint Type);
