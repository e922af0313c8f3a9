using System.Net;
using System.Net.Sockets;
using System.Text;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>
/// Tables of functions (struct_ops): TCP congestion control in programs, which the kernel lists, and uses for sockets that ask for it. The
/// programs count how often they are called.
/// </summary>
public class StructOpsTests
{
    private const int TcpLevel = 6, CongestionControl = 13;

    [ClangFact(Minimum = "6.4", Needs = KernelNeeds.StructOpsTcp | KernelNeeds.NetworkNamespaces)]
    public void TableIsAttachedByALinkAndReplacedByAnother()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        BpfOpenObject open = Clang.Open("congestion");
        open.Map("plain").AutoLoad = false;
        open.Map("other").AutoLoad = true;
        open.Map("other").AutoAttach = false;
        using BpfObject loaded = open.Load();
        BpfStructOps linked = new(loaded.Map("linked")), other = new(loaded.Map("other"));
        Assert.Equal((true, "tcp_congestion_ops", BpfStructOpsState.Empty), (linked.HasLink, linked.TypeName, linked.State));

        BpfAttachment attachment = loaded.AttachAll();
        Assert.True(attachment.IsComplete, attachment.ToString());
        // The kernel's struct has no member for it.
        Assert.Equal(BpfProgramOutcome.NotNeeded, attachment.Results.Single(r => r.Program == "lost").Outcome);
        Assert.Equal(BpfProgramOutcome.Attached, attachment.Results.Single(r => r.Program == "first_init").Outcome);
        Assert.Equal(BpfProgramOutcome.Skipped, attachment.Results.Single(r => r.Program == "second_init").Outcome);
        BpfLink link = Assert.Single(attachment.Links);
        Assert.Equal((BpfLinkType.StructOps, "linked", true), (link.Info.Type, link.ProgramName, link.IsKernelLink));
        Assert.Equal(BpfStructOpsState.Ready, linked.State);
        Assert.Contains("bpfsharp_link", Available());
        // The number that was copied by its member's name lets everyone use it.
        Assert.Contains("bpfsharp_link", File.ReadAllText("/proc/sys/net/ipv4/tcp_allowed_congestion_control"), StringComparison.Ordinal);

        space.Run(() => Talk("bpfsharp_link"));
        Assert.True(Count(loaded, "first_inits") >= 1);
        Assert.True(Count(loaded, "acks") >= 1);
        Assert.Equal(0, Count(loaded, "second_inits"));

        link.Update(other);
        int before = Count(loaded, "first_inits");
        space.Run(() => Talk("bpfsharp_link"));
        Assert.True(Count(loaded, "second_inits") >= 1);
        Assert.Equal(before, Count(loaded, "first_inits"));

        attachment.Dispose();
        AssertGone("bpfsharp_link");
        // With a link, a table can be attached again.
        using (BpfLink again = linked.Attach()) Assert.Contains("bpfsharp_link", Available());
        AssertGone("bpfsharp_link");
    }

    [ClangFact(Needs = KernelNeeds.StructOpsTcp | KernelNeeds.NetworkNamespaces)]
    public void TableIsAttachedByWritingIt()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        BpfOpenObject open = Clang.Open("congestion");
        open.Map("linked").AutoLoad = false;
        BpfObject loaded = open.Load();
        BpfStructOps table = new(loaded.Map("plain"));
        Assert.False(table.HasLink);
        BpfLink link = table.Attach();
        try
        {
            Assert.Contains("bpfsharp_plain", Available());
            Assert.Equal(BpfStructOpsState.InUse, table.State);
            Assert.False(link.IsKernelLink);
            Assert.Contains("once", Assert.Throws<BpfException>(table.Attach).Message, StringComparison.Ordinal);
            space.Run(() => Talk("bpfsharp_plain"));
            Assert.True(Count(loaded, "first_inits") >= 1);
            Assert.True(Count(loaded, "acks") >= 1);
        }
        finally
        {
            // The link has a descriptor of its own.
            loaded.Dispose();
            link.Dispose();
        }

        AssertGone("bpfsharp_plain");
    }

    [ClangFact(Needs = KernelNeeds.StructOpsTcp)]
    public void TableThatIsDetachedSaysSoAndStaysDetached()
    {
        BpfOpenObject open = Clang.Open("congestion");
        open.Map("linked").AutoLoad = false;
        using BpfObject loaded = open.Load();
        BpfStructOps table = new(loaded.Map("plain"));
        Assert.Equal(BpfStructOpsState.Empty, table.State);
        using (table.Attach()) Assert.Equal(BpfStructOpsState.InUse, table.State);
        Assert.Equal(BpfStructOpsState.Detached, table.State);
        AssertGone("bpfsharp_plain");
        Assert.Contains("it is or was attached, which without a link", Assert.Throws<BpfException>(table.Attach).Message, StringComparison.Ordinal);
    }

    [ClangFact(Needs = KernelNeeds.StructOpsTcp)]
    public void TableWithoutLinksInThisKernelIsAttachedAllTheSame()
    {
        BpfOpenObject open = Clang.Open("congestion");
        open.Map("plain").AutoLoad = false;
        Encoding.ASCII.GetBytes("bpfsharp_named\0").CopyTo(open.Variable("linked"));
        using BpfObject loaded = open.Load();
        BpfStructOps table = new(loaded.Map("linked"));
        Assert.Equal(ThisKernel.Version >= KernelVersion.Parse("6.4"), table.HasLink);
        using (BpfLink link = table.Attach())
        {
            Assert.Equal(table.HasLink, link.IsKernelLink);
            Assert.Contains("bpfsharp_named", Available());
        }

        AssertGone("bpfsharp_named");
    }

    [ClangFact(Minimum = "6.4", Needs = KernelNeeds.StructOpsTcp | KernelNeeds.Bpffs)]
    public void PinnedLinkKeepsTheTableAttached()
    {
        using KernelSandbox sandbox = new();
        string pin = Path.Combine(sandbox.MountBpffs(), "link"), mapPin = Path.Combine(Path.GetDirectoryName(pin)!, "map");
        BpfOpenObject open = Clang.Open("congestion");
        open.Map("plain").AutoLoad = false;
        using (BpfObject loaded = open.Load())
        {
            using BpfAttachment attachment = loaded.AttachAll();
            attachment.Links[0].Pin(pin);
            loaded.Map("linked").Pin(mapPin);
        }

        Assert.Contains("bpfsharp_link", Available());
        File.Delete(pin);
        AssertGone("bpfsharp_link");
        // The pinned map has the table, so it can be attached by who did not load it.
        using (BpfStructOps table = new(BpfMap.OpenPinned(mapPin)))
        {
            Assert.Equal("", table.TypeName);
            using BpfLink link = table.Attach();
            Assert.Contains("bpfsharp_link", Available());
        }

        AssertGone("bpfsharp_link");
        File.Delete(mapPin);
    }

    [ClangFact(Needs = KernelNeeds.StructOpsTcp)]
    public void FunctionThatIsLeftOutIsEmptyAndOneThatIsNeededIsMissed()
    {
        BpfOpenObject open = Clang.Open("congestion");
        open.Map("linked").AutoLoad = false;
        open.Program("first_init").AutoLoad = false;
        using (BpfObject loaded = open.Load())
        {
            using BpfLink link = new BpfStructOps(loaded.Map("plain")).Attach();
            Assert.Contains("bpfsharp_plain", Available());
        }

        open.Program("ssthresh").AutoLoad = false;
        using (BpfObject loaded = open.Load())
        {
            Assert.Contains("a function that it needs is missing", Assert.Throws<BpfException>(loaded.AttachAll).Message, StringComparison.Ordinal);
            AssertGone("bpfsharp_plain");
        }

        foreach (BpfProgramSettings program in open.Programs) program.Policy = BpfProgramPolicy.Optional;
        using (BpfObject loaded = open.Load())
        {
            using BpfAttachment attachment = loaded.AttachAll();
            Assert.Empty(attachment.Links);
            Assert.Equal(BpfProgramOutcome.Failed, attachment.Results.Single(r => r.Program == "cong_avoid").Outcome);
            Assert.Equal("EINVAL", attachment.Failures["cong_avoid"].ErrorName);
        }

        open.Map("plain").AutoLoad = false;
        using BpfObject empty = open.Load();
        Assert.Empty(empty.Programs);
    }

    [ClangFact(Needs = KernelNeeds.StructOpsTcp)]
    public void TableThatTheKernelsStructDoesNotFitIsRefusedByName()
    {
        (string Table, string Reason)[] cases =
        [
            ("wrong_size", "its member 'name' has 8 bytes, and the kernel's has 16"),
            ("wrong_kind", "its member 'name' is of kind"),
            ("more", "has no member 'of_no_kernel' in tcp_congestion_ops, and the object gives it a value"),
            ("unknown", "has no struct ops_of_no_kernel"),
            ("not_ops", "programs cannot stand in for the functions of sk_buff"),
        ];
        foreach ((string table, string reason) in cases)
        {
            BpfOpenObject open = Clang.Open("congestion");
            open.Map("plain").AutoLoad = open.Map("linked").AutoLoad = false;
            open.Map(table).AutoLoad = true;
            BpfException error = Assert.Throws<BpfException>(() => open.Load());
            Assert.StartsWith($"cannot load table '{table}': ", error.Message, StringComparison.Ordinal);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }

        BpfOpenObject misused = Clang.Open("congestion");
        misused.Map("misused").AutoLoad = true;
        Assert.Contains("use it for different functions", Assert.Throws<BpfException>(() => misused.Load()).Message, StringComparison.Ordinal);
        BpfOpenObject alone = Clang.Open("congestion");
        alone.Program("in_no_table").AutoLoad = true;
        Assert.Contains("no table", Assert.Throws<BpfException>(() => alone.Load()).Message, StringComparison.Ordinal);
    }

    [ClangFact(Needs = KernelNeeds.StructOpsTcp)]
    public void PlanNamesTheStruct()
    {
        BpfOpenObject open = Clang.Open("congestion");
        BpfPlan plan = open.Plan();
        Assert.Contains(plan.Requirements, r => r is { Kind: BpfRequirementKind.Target, Name: "tcp_congestion_ops", NeededBy: "linked" });
        Assert.DoesNotContain(plan.Requirements, r => r.NeededBy is "unknown" or "in_no_table");
        Assert.Empty(plan.Check());
        open.Map("unknown").AutoLoad = true;
        Assert.Equal("ops_of_no_kernel", Assert.Single(open.Plan().Check()).Requirement.Name);
    }

    /// <summary>A connection over the loopback device, with data both ways, whose ends use a congestion control.</summary>
    /// <summary>What nobody holds any more, a pin that was removed above all, the kernel lets go a moment later.</summary>
    private static void AssertGone(string name)
    {
        for (int attempt = 0; attempt < 200 && Available().Contains(name); attempt++) Thread.Sleep(50);
        Assert.DoesNotContain(name, Available());
    }

    private static void Talk(string algorithm)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.SetRawSocketOption(TcpLevel, CongestionControl, Encoding.ASCII.GetBytes(algorithm));
        client.Connect(listener.LocalEndPoint!);
        using Socket server = listener.Accept();
        byte[] buffer = new byte[64 << 10];
        for (int i = 0; i < 16; i++)
        {
            client.Send(buffer, 8192, SocketFlags.None);
            for (int received = 0; received < 8192; received += server.Receive(buffer, 8192 - received, SocketFlags.None)) ;
            server.Send(buffer, 1, SocketFlags.None);
            client.Receive(buffer, 1, SocketFlags.None);
        }
    }

    private static string[] Available() => File.ReadAllText("/proc/sys/net/ipv4/tcp_available_congestion_control").Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static int Count(BpfObject loaded, string name)
    {
        int offset = loaded.Opened.Spec.DataSections.Single(s => s.Name == ".bss").Variables.Single(v => v.Name == name).Offset;
        return loaded.ReadGlobal<int>(".bss", offset);
    }
}
