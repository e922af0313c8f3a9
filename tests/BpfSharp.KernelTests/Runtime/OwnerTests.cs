using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using BpfSharp.KernelTests.Runner;
using BpfSharp.KernelTests.Samples;

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

    /// <summary>A process that forks without executing shares its descriptors: the program stays attached until both are gone, and the child's end takes nothing.</summary>
    [KernelFact(Needs = KernelNeeds.RawTracepoints)]
    public void ForkedChildSharesAndItsEndTakesNothing()
    {
        using BpfObject loaded = Holder.Counter().Load();
        BpfLink link = loaded.Program("count").Attach();
        _ = getppid();
        int child = fork();
        if (child == 0)
        {
            // Only this thread is here: nothing but system calls that were made before.
            while (getppid() > 1)
            {
            }

            _exit(0);
        }

        Assert.True(child > 0);
        try
        {
            link.Dispose();
            Assert.Matches(@"^\d+ \(.*\) [RS]", File.ReadAllText($"/proc/{child}/stat"));
            long before = Seen();
            _ = Directory.Exists("/");
            Assert.True(Seen() > before, "the child has the link, too, so that it must be attached still");
        }
        finally
        {
            Assert.Equal(0, kill(child, 9));
            Assert.Equal(child, waitpid(child, 0, 0));
        }

        long after = UntilItStands(Seen);
        _ = Directory.Exists("/");
        Assert.Equal(after, Seen());
        using (loaded.Program("count").Attach()) _ = Directory.Exists("/");
        Assert.True(Seen() > after, "the child's end must not close what this process has");

        long Seen() => Count(loaded.Map("counts"));
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

    [LibraryImport("libc")]
    private static partial int fork();

    [LibraryImport("libc")]
    private static partial int getppid();

    [LibraryImport("libc")]
    private static partial void _exit(int code);

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc")]
    private static partial int waitpid(int process, nint status, int options);
}
