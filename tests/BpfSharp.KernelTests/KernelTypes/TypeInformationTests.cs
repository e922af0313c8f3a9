namespace BpfSharp.KernelTests.KernelTypes;

/// <summary>What the kernel is told about programs and maps, as bpftool shows it, and what a user is told about a program that does not fit the kernel.</summary>
public sealed class TypeInformationTests
{
    [KernelFact(Minimum = "5.14", Needs = KernelNeeds.BtfVmlinux)]
    public void AMissingMemberIsNamedWithStructKernelAndLine()
    {
        BpfVerifierException error = Assert.Throws<BpfVerifierException>(() => MissingPrograms.Load());
        Assert.Equal(BpfVerifierCause.MissingKernelType, error.Cause);
        string release = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        Assert.Contains($"'struct task_struct.not_there' is not in Linux {release}", error.Message, StringComparison.Ordinal);
        Assert.Contains("KernelTypes/MissingPrograms.cs:13", error.Message, StringComparison.Ordinal);
        Assert.Contains("'Unguarded'", error.Message, StringComparison.Ordinal);
    }

    [KernelFact(Minimum = "5.14", Needs = KernelNeeds.BtfVmlinux)]
    public void AMemberThatIsABitFieldHereIsNamedWithTheWayToReadIt()
    {
        BpfVerifierException error = Assert.Throws<BpfVerifierException>(() => Plain.PlainPrograms.Load());
        Assert.Equal(BpfVerifierCause.MissingKernelType, error.Cause);
        string release = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        Assert.Contains($"'struct task_struct.sched_reset_on_fork' is a bit field in Linux {release}; declare it with [KernelMember(BitWidth = ", error.Message, StringComparison.Ordinal);
        Assert.Contains("KernelTypes/PlainPrograms.cs:13", error.Message, StringComparison.Ordinal);
    }

    [KernelFact(Minimum = "5.14", Needs = KernelNeeds.BtfVmlinux)]
    public void BpftoolShowsTheLinesOfTheSource()
    {
        using TaskPrograms programs = TaskPrograms.Load();
        string dump = Command.Run("bpftool", ["prog", "dump", "xlated", "id", $"{programs.Programs.Ask.Info.Id}", "linum"]);
        Assert.Matches(@"; a\.CommOffset = Core\.OffsetOf\(task\.comm\); \[file:.*KernelTypes/TaskPrograms\.cs line_num:\d+ line_col:\d+\]", dump);
    }

    /// <summary>The kernel refuses types whose names are no identifiers of C, or longer than its own.</summary>
    [KernelFact(Minimum = "5.14", Needs = KernelNeeds.BtfVmlinux)]
    public void NamesThatCDoesNotHaveAreBroughtIntoForm()
    {
        using Zähler programs = Zähler.Load();
        PaarVonWertenDerenNamenMitDemTypDerWerteSehrLangWerden<long> given = new() { Länge = 5, @struct = 21, Maß = Größe.Groß };
        Assert.Equal(0u, programs.Programs.Count.TestRun(ref given).ReturnValue);
        Assert.True(programs.Maps.Cases.TryGetValue(1, out var seen));
        Assert.Equal((42, Größe.Größer, 5), (seen.Länge.@struct.Länge, seen.Maß, programs.Globals.Übrig));
        string[] names = [.. System.Text.RegularExpressions.Regex.Matches(Command.Run("bpftool", ["btf", "dump", "id", $"{programs.Programs.Count.Info.BtfId}"]), @"(?:STRUCT|FUNC|ENUM|VAR) '([^']*)'|^\t'([^']*)' ",
            System.Text.RegularExpressions.RegexOptions.Multiline).Select(static m => m.Groups[1].Value + m.Groups[2].Value)];
        foreach (string name in (string[])["Gru00f6u00dfer", "u00fcbrig", "Zu00e4hler_Doppelt"]) Assert.Contains(name, names);
        Assert.All(names, static n => Assert.Matches("^[A-Za-z_][A-Za-z0-9_]{0,126}$", n));
    }

    [KernelFact(Minimum = "5.14", Needs = KernelNeeds.BtfVmlinux)]
    public void EnumsOfSixtyFourBitsKeepTheirValues()
    {
        using WidePrograms programs = WidePrograms.Load();
        WideValue given = new() { Wide = Wide.Huge, Deep = (Deep)1 };
        Assert.Equal(0u, programs.Programs.Fill.TestRun(ref given).ReturnValue);
        Assert.True(programs.Maps.Wides.TryGetValue(7, out WideValue seen));
        Assert.Equal((Wide.Largest, Deep.Lowest), (seen.Wide, seen.Deep));
        // BTF_KIND_ENUM64 came with 6.0; before, an integer stands for it.
        string types = Command.Run("bpftool", ["btf", "dump", "id", $"{programs.Maps.Wides.Info.BtfId}"]);
        if (BpfFeatures.KernelVersion >= new Objects.Kernel.KernelVersion(6, 0))
        {
            Assert.Contains("ENUM64 'Wide' encoding=UNSIGNED size=8 vlen=3", types, StringComparison.Ordinal);
            Assert.Contains("'Huge' val=4294967301ULL", types, StringComparison.Ordinal);
            Assert.Contains("'Lowest' val=-9223372036854775808LL", types, StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains("INT 'Wide' size=8", types, StringComparison.Ordinal);
        }
    }
}
