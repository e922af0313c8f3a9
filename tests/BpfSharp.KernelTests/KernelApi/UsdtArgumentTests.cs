using System.Runtime.InteropServices;
using BpfSharp.KernelTests.Runtime;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Arguments of static probes: the library is told what to pass, and says in its notes where it is.</summary>
public sealed unsafe class UsdtArgumentTests
{
    private static readonly string s_path = Clang.Library("usdt");
    private readonly nint _library = NativeLibrary.Load(s_path);

    [ClangFact(Minimum = "5.15", Needs = KernelNeeds.Uprobes, OnlyX64 = true)]
    public void AnArgumentIsReadInEveryForm()
    {
        var pass = (delegate* unmanaged<void*, long, long, void>)NativeLibrary.GetExport(_library, "app_forms");
        using UsdtPrograms programs = UsdtPrograms.Load();
        using (programs.Programs.Forms.AttachUsdt(Probe("forms")))
        {
            // 32 bytes, of which the probe is told the ninth: the number of each is 0x80 and its place.
            byte* memory = stackalloc byte[32];
            for (int i = 0; i < 32; i++) memory[i] = (byte)(0x80 + i);
            pass(memory + 8, 1, -0x1234_5678_9abc);
            PassedForms seen = programs.Globals.Forms;
            Assert.Equal(((ulong)(memory + 8), 1, (byte)1, (short)-7, 4294967297ul), (seen.Whole, seen.Half, seen.Low, seen.Negative, seen.Constant));
            Assert.Equal((unchecked((int)0x93929190), (ushort)0x8786, unchecked((long)0x9796959493929190), (sbyte)-0x74), (seen.Memory, seen.Before, seen.Scaled, seen.Unscaled));
            Assert.Equal((-0x1234_5678_9abcL, (int)(-0x1234_5678_9abcL >> 32), unchecked((uint)-0x5678_9abc)), (seen.Variable, seen.Behind, seen.Ninth));
            pass(memory + 16, -1, 0x7fff_ffff_ffff);
            seen = programs.Globals.Forms;
            // Parts of a register: signed and unsigned.
            Assert.Equal((-1, (byte)255, 2ul), (seen.Half, seen.Low, seen.Calls));
            Assert.Equal((unchecked((long)0x8f8e8d8c8b8a8988), (sbyte)-0x6e), (seen.Scaled, seen.Unscaled));
        }

        Assert.Equal(0ul, programs.Programs.Forms.Faults);
    }

    [ClangFact(Minimum = "5.15", Needs = KernelNeeds.Uprobes, OnlyX64 = true)]
    public void EachPlaceHasItsOwnArgumentsAndCookie()
    {
        var none = (delegate* unmanaged<void>)NativeLibrary.GetExport(_library, "app_none");
        var pass = (delegate* unmanaged<long, void>)NativeLibrary.GetExport(_library, "app_places");
        var number = (long*)NativeLibrary.GetExport(_library, "app_number");
        using UsdtPrograms programs = UsdtPrograms.Load();
        *number = 1_000_000_000_000;
        using (programs.Programs.None.AttachUsdt(Probe("none")))
        using (BpfLinks links = programs.Programs.Places.AttachUsdt(Probe("places") with { Cookie = 0xfeed_0000_0001 }))
        {
            Assert.Equal(2, links.Items.Count);
            pass(-3);
            none();
        }

        Assert.Equal((1_000_000_000_000 - 3, 2 * 0xfeed_0000_0001ul, 3), (programs.Globals.Sum, programs.Globals.Cookies, programs.Globals.Counts));
        pass(5);
        Assert.Equal(3, programs.Globals.Counts);
    }

    [ClangFact(Minimum = "5.15", Needs = KernelNeeds.Uprobes, OnlyX64 = true)]
    public void TheTableHoldsEachFormAndCookieOnce()
    {
        BpfOpenObject open = BpfObject.Open(UsdtPrograms.Image, "UsdtPrograms");
        open.Map("__bpf_usdt_specs").MaxEntries = 2;
        using BpfObject loaded = open.Load();
        BpfProgram program = loaded.Program("None");
        foreach (ulong cookie in new ulong[] { 0, 8, 0, 8 }) program.AttachUsdt(Probe("none") with { Cookie = cookie }).Dispose();
        BpfException e = Assert.Throws<BpfException>(() => program.AttachUsdt(Probe("none") with { Cookie = 9 }));
        Assert.Contains("no room", e.Message, StringComparison.Ordinal);
        Assert.Contains("Map(\"__bpf_usdt_specs\").MaxEntries", e.Message, StringComparison.Ordinal);
    }

    [ClangFact(Minimum = "5.15", Needs = KernelNeeds.Uprobes)]
    public void AnArgumentThatTheProbeDoesNotHaveIsAFault()
    {
        var hit = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(_library, "app_hit");
        using UsdtPrograms programs = UsdtPrograms.Load();
        using (programs.Programs.TooMany.AttachUsdt(Probe("hit"))) _ = hit(1);
        Assert.Equal((0, 1ul), (programs.Globals.Behind, programs.Programs.TooMany.Faults));
    }

    [ClangFact(Minimum = "5.15", Needs = KernelNeeds.Uprobes, OnlyX64 = true)]
    public void WhatCannotBeReadIsAnErrorWhenItIsAttached()
    {
        using UsdtPrograms programs = UsdtPrograms.Load();
        BpfException e = Assert.Throws<BpfException>(() => programs.Programs.Places.AttachUsdt(Probe("float")));
        Assert.Contains("'4f@%xmm0'", e.Message, StringComparison.Ordinal);
        Assert.Contains("floating-point", e.Message, StringComparison.Ordinal);
    }

    [ClangFact(Minimum = "5.15", Needs = KernelNeeds.Uprobes, OnlyX64 = true)]
    public void AttachAllAttachesAtEveryPlaceOfTheTarget()
    {
        var pass = (delegate* unmanaged<long, void>)NativeLibrary.GetExport(_library, "app_places");
        using UsdtPrograms programs = UsdtPrograms.Open(o =>
        {
            o.Programs.Places.Target = $"{s_path}:app:places";
            o.Programs.Forms.AutoAttach = o.Programs.None.AutoAttach = o.Programs.TooMany.AutoAttach = false;
        }).Load();
        using (BpfAttachment attached = programs.AttachAll())
        {
            Assert.Equal(2, attached.Links.Count);
            pass(4);
        }

        Assert.Equal(2, programs.Globals.Counts);
    }

    /// <summary>The same by libbpf's own code: what it finds in the table is what it would have put there.</summary>
    [ClangFact(Minimum = "5.15", Needs = KernelNeeds.Uprobes, OnlyX64 = true)]
    public void AProgramInCReadsItWithTheHeaderOfLibbpf()
    {
        var pass = (delegate* unmanaged<long, void>)NativeLibrary.GetExport(_library, "app_places");
        *(long*)NativeLibrary.GetExport(_library, "app_number") = 100;
        using BpfObject loaded = Clang.Open("usdt_arguments").Load();
        using (loaded.Program("places").AttachUsdt(Probe("places") with { Cookie = 7 })) pass(-3);
        Assert.Equal((97, 14, 2), (loaded.ReadGlobal<long>(".bss", 0), loaded.ReadGlobal<long>(".bss", 8), loaded.ReadGlobal<int>(".bss", 16)));
    }

    /// <summary>libbpf 1.7 made the entries larger. Each field is read as clang lays its declaration out.</summary>
    [ClangFact(Minimum = "5.15", Needs = KernelNeeds.Uprobes, OnlyX64 = true)]
    public void AProgramWithTheLongerEntriesOfLibbpf17ReadsThem()
    {
        var pass = (delegate* unmanaged<void*, long, long, void>)NativeLibrary.GetExport(_library, "app_forms");
        byte* memory = stackalloc byte[32];
        using BpfObject loaded = Clang.Open("usdt_wide").Load();
        using (loaded.Program("forms").AttachUsdt(Probe("forms") with { Cookie = 0xfeed_0000_0002 })) pass(memory + 8, 1, 2);
        Assert.Equal((0xfeed_0000_0002, 12), (loaded.ReadGlobal<long>(".bss", 0), loaded.ReadGlobal<int>(".bss", 8)));
        // Registers are offsets in struct pt_regs: 80 is rax, 40 rbx, 72 r9.
        Assert.Equal(
            [new(0, 1, 0, 0, 80, 0, 0), new(0, 1, 0, 0, 40, 1, 32), new(0, 1, 0, 0, 40, 0, 56), new(-7, 0, 0, 0, 0, 1, 48), new(4294967297, 0, 0, 0, 0, 0, 0),
            new(8, 2, 0, 0, 80, 1, 32), new(-2, 2, 0, 0, 80, 0, 48), new(0, 3, 40, 3, 80, 1, 0), new(3, 3, 40, 0, 80, 1, 56)],
            Enumerable.Range(0, 9).Select(i => loaded.ReadGlobal<WideArgument>(".bss", 16 + (32 * i))));
    }

    private readonly record struct WideArgument(long Value, int Kind, int Second, int Scale, int First, int IsSigned, int Shift);

    private static BpfUsdt Probe(string name) => new(s_path, "app", name, Environment.ProcessId);
}
