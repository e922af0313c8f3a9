using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using BpfSharp.KernelTests.Runner;
using BpfSharp.KernelTests.Samples;
using BpfSharp.Syscalls;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Owners that die or fork: what is pinned stays and can be opened, what is not goes with the last process that has it.</summary>
public partial class OwnerTests
{
    [KernelFact(Minimum = "5.8", Needs = KernelNeeds.Bpffs | KernelNeeds.RawTracepoints)]
    public void KilledOwnerLeavesWhatIsPinnedAndNothingElse()
    {
        using KernelSandbox sandbox = new();
        string folder = sandbox.MountBpffs();
        uint[] ids;
        using (Process owner = Process.Start(new ProcessStartInfo(Sample.Dotnet, [Path.Combine(AppContext.BaseDirectory, "BpfSharp.KernelTests.dll"), "--hold", folder]) { RedirectStandardOutput = true })!)
        {
            string ready = owner.StandardOutput.ReadLine() ?? "";
            Assert.StartsWith("ready ", ready, StringComparison.Ordinal);
            ids = [.. ready.Split(' ')[1..].Select(i => uint.Parse(i, CultureInfo.InvariantCulture))];
            BpfMap.OpenById(ids[0]).Dispose();
            // SIGKILL: nothing of the owner runs any more.
            owner.Kill();
            owner.WaitForExit();
            Assert.Equal(128 + 9, owner.ExitCode);
        }

        using BpfHashMap<int, long> map = new(BpfMap.OpenPinned(Path.Combine(folder, "map")));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (i, (long)i)), map.Select(e => (e.Key, e.Value)).Order());
        using BpfMap counts = BpfMap.OpenPinned(Path.Combine(folder, "counts"));
        long before = Count(counts);
        _ = Directory.Exists("/");
        Assert.True(Count(counts) > before, "the pinned link's program does not run any more");

        // The pinned link can be opened, asked, and updated with another program; and it ends with its pin.
        using (BpfLink link = BpfLink.OpenPinned(Path.Combine(folder, "link")))
        {
            Assert.Equal((BpfLinkType.RawTracepoint, ids[2]), (link.Info.Type, link.Info.ProgramId));
            using BpfProgram program = BpfProgram.OpenPinned(Path.Combine(folder, "program"));
            Assert.Equal(ids[2], program.Info.Id);
            Assert.Contains("not a link", Assert.Throws<BpfException>(() => BpfLink.OpenPinned(Path.Combine(folder, "map"))).Message, StringComparison.Ordinal);
            Assert.Contains("not a map", Assert.Throws<BpfException>(() => BpfMap.OpenPinned(Path.Combine(folder, "link"))).Message, StringComparison.Ordinal);
            File.Delete(Path.Combine(folder, "link"));
        }

        long after = UntilItStands(() => Count(counts));
        _ = Directory.Exists("/");
        Assert.Equal(after, Count(counts));

        // The kernel frees what nobody has a little later.
        while (Exists(ids[0])) Thread.Yield();
    }

    /// <summary>A process that forks without executing shares its descriptors: the program stays attached until both are gone, whichever goes first.</summary>
    [KernelTheory(Needs = KernelNeeds.RawTracepoints)]
    [InlineData(true)]
    [InlineData(false)]
    public void ForkedChildSharesWithTheOwner(bool ownerGoesFirst)
    {
        using Process owner = Process.Start(new ProcessStartInfo(Sample.Dotnet, [Path.Combine(AppContext.BaseDirectory, "BpfSharp.KernelTests.dll"), "--fork"]) { RedirectStandardOutput = true })!;
        int child = 0;
        uint program;
        try
        {
            string ready = owner.StandardOutput.ReadLine() ?? "";
            Assert.StartsWith("ready ", ready, StringComparison.Ordinal);
            uint[] ids = [.. ready.Split(' ')[1..].Select(i => uint.Parse(i, CultureInfo.InvariantCulture))];
            (child, program) = ((int)ids[0], ids[2]);
            Assert.True(IsRunning(child));
            using BpfMap counts = BpfMap.OpenById(ids[1]);
            AssertCounts(counts);
            End(ownerGoesFirst ? owner.Id : child);
            Assert.True(IsRunning(ownerGoesFirst ? child : owner.Id));
            AssertCounts(counts);
            End(ownerGoesFirst ? child : owner.Id);
            long last = UntilItStands(() => Count(counts));
            _ = Directory.Exists("/");
            Assert.Equal(last, Count(counts));
        }
        finally
        {
            owner.Kill();
            if (child > 0 && IsRunning(child)) _ = Kill(child, 9);
        }

        // The kernel frees what nobody has a little later.
        while (ProgramExists(program)) Thread.Yield();

        static void AssertCounts(BpfMap counts)
        {
            long before = Count(counts);
            _ = Directory.Exists("/");
            Assert.True(Count(counts) > before, "the other process has the link, too, so that it must be attached still");
        }

        static void End(int process)
        {
            Assert.Equal(0, Kill(process, 9));
            while (IsRunning(process)) Thread.Yield();
        }
    }

    /// <summary>Whether a process is there and not only its number (a zombie, whose descriptors are closed).</summary>
    private static bool IsRunning(int process)
    {
        try
        {
            string state = File.ReadAllText($"/proc/{process}/stat");
            return state[state.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool ProgramExists(uint program)
    {
        int found = BpfSyscall.FromId(BpfCommand.ProgramFromId, program);
        if (found >= 0) Assert.Equal(0, Close(found));
        return found >= 0;
    }

    private static long Count(BpfMap counts)
    {
        Span<byte> value = stackalloc byte[8];
        Assert.True(counts.TryLookup(new byte[4], value));
        return BitConverter.ToInt64(value);
    }

    /// <summary>Waits until a counter of system calls does not change any more, although reading it is one.</summary>
    private static long UntilItStands(Func<long> read)
    {
        long last = read();
        for (long next; (next = read()) != last; last = next) Thread.Yield();
        return last;
    }

    private static bool Exists(uint map)
    {
        try
        {
            BpfMap.OpenById(map).Dispose();
            return true;
        }
        catch (BpfException e) when (e.ErrorName == "ENOENT")
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
