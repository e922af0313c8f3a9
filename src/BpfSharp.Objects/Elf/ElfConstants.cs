namespace BpfSharp.Objects.Elf;

/// <summary>The numbers of the ELF format that BPF objects use.</summary>
internal static class ElfConstants
{
    public const int HeaderSize = 64;
    public const int SectionHeaderSize = 64;
    public const int SymbolSize = 24;
    public const int RelocationSize = 16;

    public const int MachineBpf = 247;
    public const int TypeRelocatable = 1;

    public const uint SectionNull = 0;
    public const uint SectionProgramBits = 1;
    public const uint SectionSymbols = 2;
    public const uint SectionStrings = 3;
    public const uint SectionNoBits = 8;
    public const uint SectionRelocations = 9;

    public const uint FlagWrite = 1;
    public const uint FlagAllocate = 2;
    public const uint FlagExecute = 4;
    public const uint FlagInfoLink = 0x40;

    public const int SymbolNoType = 0;
    public const int SymbolObject = 1;
    public const int SymbolFunction = 2;
    public const int SymbolSection = 3;

    public const int BindLocal = 0;
    public const int BindGlobal = 1;
    public const int BindWeak = 2;

    public const int VisibilityInternal = 1;
    public const int VisibilityHidden = 2;

    public const int SectionIndexUndefined = 0;
    public const int SectionIndexReserved = 0xff00;

    /// <summary><c>R_BPF_64_64</c>: the two immediates of a <c>ld_imm64</c>.</summary>
    public const uint Relocation64 = 1;
    /// <summary><c>R_BPF_64_ABS64</c>: 8 bytes of data.</summary>
    public const uint RelocationAbsolute64 = 2;
    /// <summary><c>R_BPF_64_32</c>: the immediate of a call.</summary>
    public const uint RelocationCall = 10;
}
