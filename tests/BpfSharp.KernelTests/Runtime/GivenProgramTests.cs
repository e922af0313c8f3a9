using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;
using BpfSharp.Oracle.Bundles;

namespace BpfSharp.KernelTests;

/// <summary>Programs that were compiled and run in .NET when the tests were built (by tests/BpfSharp.Oracle): the kernel takes them and computes the same.</summary>
public sealed class GivenProgramTests
{
    /// <summary>The instructions that v4 adds (the kernel's <c>Documentation/bpf/standardization/instruction-set.rst</c>).</summary>
    private static readonly (string Name, Func<Instruction, bool> Is)[] s_added =
    [
        ("sign-extending load", static i => (i.Code & 0xE7) == 0x81),
        ("sign-extending 64-bit move", static i => i.Code == 0xBF && i.Offset is 8 or 16 or 32),
        ("sign-extending 32-bit move", static i => i.Code == 0xBC && i.Offset is 8 or 16),
        ("signed 64-bit division", static i => (i.Code & 0xF7) == 0x37 && i.Offset == 1),
        ("signed 32-bit division", static i => (i.Code & 0xF7) == 0x34 && i.Offset == 1),
        ("signed 64-bit remainder", static i => (i.Code & 0xF7) == 0x97 && i.Offset == 1),
        ("signed 32-bit remainder", static i => (i.Code & 0xF7) == 0x94 && i.Offset == 1),
        ("swap", static i => i.Code == 0xD7),
        ("long jump", static i => i.Code == 0x06),
    ];

    /// <summary>What went wrong once, compiled for the oldest kernel of the matrix.</summary>
    [KernelFact]
    public void Regressions() => Assert.All(Programs("regressions.bundle"), static p => Assert.Equal((Verdict.Same, ""), BundleCheck.Run(p)));

    /// <summary>The same, and more, for Linux 6.1 and later, so with callbacks of <c>bpf_loop</c>.</summary>
    [KernelFact(Minimum = "6.1")]
    public void Callbacks() => Assert.All(Programs("callbacks.bundle"), static p => Assert.Equal((Verdict.Same, ""), BundleCheck.Run(p)));

    /// <summary>For Linux 6.6 and later, so in instruction set v4: the programs have each instruction that it adds.</summary>
    [KernelFact(Minimum = "6.6")]
    public void Version4()
    {
        BundledProgram[] programs = Programs("version4.bundle");
        Instruction[] code = [.. programs.SelectMany(static p => ObjectReader.Read(p.Object).Functions).SelectMany(static f => f.Instructions)];
        Assert.All(s_added, added => Assert.True(code.Any(added.Is), $"no {added.Name} in the programs"));
        Assert.All(programs, static p => Assert.Equal((Verdict.Same, ""), BundleCheck.Run(p)));
    }

    private static BundledProgram[] Programs(string file)
    {
        BundledProgram[] programs = [.. BundledProgram.ReadAll(Path.Combine(AppContext.BaseDirectory, file))];
        Assert.NotEmpty(programs);
        return programs;
    }
}
