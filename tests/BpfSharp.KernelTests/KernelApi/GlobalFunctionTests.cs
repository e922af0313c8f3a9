using BpfSharp.Kernel;
using BpfSharp.KernelTests.Runtime;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Global functions, in .NET and in the kernel.</summary>
public sealed class GlobalFunctionTests : IDisposable
{
    private const uint Fault = 0; // XDP_ABORTED

    public GlobalFunctionTests() => Clear();

    public void Dispose() => Clear();

    /// <summary>Before 5.12 they get no addresses of memory.</summary>
    [KernelFact(Minimum = "5.12")]
    public void AsInDotNet()
    {
        using GlobalFunctionPrograms programs = GlobalFunctionPrograms.Load();
        for (int size = 14; size < 80; size++)
        {
            uint expected = InDotNet(size);
            Assert.Equal(expected, programs.Programs.Filter.TestRun(new byte[size], new byte[256], [], out _).ReturnValue);
            Assert.Equal(size % 5 == 0, expected == Fault);
            Assert.Equal(GlobalFunctionPrograms.calls, programs.Globals.Calls);
            Assert.Equal(GlobalFunctionPrograms.sum, programs.Globals.Sum);
            Assert.Equal(GlobalFunctionPrograms.Weights[1].Factor, programs.Maps.Weights[1].Factor);
        }
    }

    /// <summary>As linkers and <c>freplace</c> programs find them: global symbols, and functions of global linkage in BTF.</summary>
    [KernelFact(Minimum = "5.10", InexactMinimum = "the object is looked at, and the kernel is not asked")]
    public void AreGlobalInTheObject()
    {
        ObjectSpec spec = ObjectReader.Read(GlobalFunctionPrograms.Image);
        Assert.Equal(["Divide", "Filter", "Halve", "Length", "weigh"], spec.Functions.Where(static f => f.IsGlobal).Select(static f => f.Name).Order(StringComparer.Ordinal));
        Assert.All(spec.Functions, f => Assert.Equal(BtfLinkage.Global, Assert.IsType<BtfFunction>(spec.Btf![f.BtfTypeId]).Linkage));
    }

    /// <summary>Another compiler's function takes the place of one of ours, and leaves it again.</summary>
    [ClangFact(Minimum = "5.12", Needs = KernelNeeds.FentryFexit)]
    public void CanBeReplaced()
    {
        using GlobalFunctionPrograms programs = GlobalFunctionPrograms.Load();
        byte[] packet = new byte[63];
        uint Run() => programs.Programs.Filter.TestRun(packet, [], [], out _).ReturnValue;
        uint Expected() => InDotNet(packet.Length);
        Assert.Equal(Expected(), Run());
        BpfOpenObject open = Clang.Open("replaced");
        open.Program("replaced").TargetProgram = programs.Programs.Filter;
        using BpfObject replacement = open.Load();
        using (BpfLink link = replacement.Program("replaced").Attach())
        {
            // 63 % 5 is 3: the result is what comes before, and -1.
            ulong before = GlobalFunctionPrograms.sum;
            uint divided = Expected();
            uint total = (uint)(GlobalFunctionPrograms.sum - before);
            Assert.Equal(divided - (total / 3) - 1, Run());
            // No fault any more where the divisor is zero.
            packet = new byte[65];
            Assert.Equal(Fault, Expected());
            Assert.NotEqual(Fault, Run());
        }
        Assert.Equal(Expected(), Run());
        packet = new byte[66];
        Assert.Equal(Expected(), Run());
    }

    [ClangFact(Minimum = "5.12")]
    public void WhatIsReplacedMustBeThere()
    {
        using GlobalFunctionPrograms programs = GlobalFunctionPrograms.Load();
        BpfOpenObject open = Clang.Open("replaced");
        Assert.Contains("TargetProgram", Assert.Throws<BpfException>(() => open.Load()).Message, StringComparison.Ordinal);
        open.Program("replaced").TargetProgram = programs.Programs.Filter;
        open.Program("replaced").Target = "Devide";
        Assert.Contains("Divide", Assert.Throws<BpfException>(() => open.Load()).Message, StringComparison.Ordinal);
    }

    private static uint InDotNet(int size)
    {
        try
        {
            return (uint)GlobalFunctionPrograms.Filter(new XdpContext(new byte[size]));
        }
        catch (DivideByZeroException)
        {
            return Fault;
        }
    }

    private static void Clear()
    {
        GlobalFunctionPrograms.Weights.Clear();
        (GlobalFunctionPrograms.calls, GlobalFunctionPrograms.sum, GlobalFunctionPrograms.last) = (0, 0, default);
    }
}
