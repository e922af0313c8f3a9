using System.Text.Json;
using BpfSharp.KernelTests.Raw;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;
using AttachType = BpfSharp.Objects.Kernel.AttachType;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>What the kernel says is attached to a hook, next to what the test attached, in its order, and to bpftool.</summary>
public class AttachedProgramTests
{
    [KernelFact(Minimum = "6.6", Needs = KernelNeeds.Tcx)]
    public void ProgramsOfAnInterfaceAreGivenInTheirOrderWithTheirLinks()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        using BpfObject loaded = Load("tcx/egress", -1, "first", "middle", "plain", "last");
        BpfAttachedPrograms Ask(AttachType direction = AttachType.TcxEgress) => space.Run(() => BpfAttachedPrograms.OfTc("lo", direction));
        BpfAttachedPrograms none = Ask();
        Assert.Equal((AttachType.TcxEgress, 0), (none.Hook, none.Programs.Count));
        using (BpfLink last = Attach("last", null))
        using (BpfLink first = Attach("first", BpfPlace.First))
        using (BpfLink middle = Attach("middle", BpfPlace.After(first)))
        {
            // Without a link: behind the others.
            space.Run(() => Plain(BpfCommand.ProgAttach, loaded.Program("plain"), 1, AttachType.TcxEgress, 0));
            BpfAttachedPrograms all = Ask();
            Assert.Equal([Entry("first", first), Entry("middle", middle), Entry("last", last), Entry("plain", null)], all.Programs);
            Assert.Equal(none.Revision + 4, all.Revision);
            Assert.Equal(all.Revision, Ask().Revision);
            Assert.Empty(Ask(AttachType.TcxIngress).Programs);
            space.Run(() => Plain(BpfCommand.ProgDetach, loaded.Program("plain"), 1, AttachType.TcxEgress, 0));
            Assert.Equal(["first", "middle", "last"], Ask().Programs.Select(p => Name(loaded, p)));
        }

        Assert.Empty(Ask().Programs);

        BpfLink Attach(string name, BpfPlace? place) => space.Run(() => loaded.Program(name).AttachTc("lo", AttachType.TcxEgress, place));
        BpfAttachedProgram Entry(string name, BpfLink? link) => new(loaded.Program(name).Info.Id, link?.Info.Id, BpfAttachFlags.None);
    }

    [KernelFact(Minimum = "6.7", Needs = KernelNeeds.Netkit)]
    public void ProgramsOfANetkitPairAreAskedForAtThePrimaryInterface()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        // The other end gets the kernel's name for it, nk0.
        space.Ip("link", "add", "tested0", "type", "netkit");
        using BpfObject primary = Load("netkit/primary", 0, "out"), peer = Load("netkit/peer", 0, "in");
        using BpfLink first = space.Run(() => primary.Program("out").AttachTc("tested0", AttachType.NetkitPrimary));
        using BpfLink second = space.Run(() => peer.Program("in").AttachTc("tested0", AttachType.NetkitPeer));
        space.Run(() =>
        {
            Assert.Equal([new(primary.Program("out").Info.Id, first.Info.Id, BpfAttachFlags.None)], BpfAttachedPrograms.OfTc("tested0", AttachType.NetkitPrimary).Programs);
            Assert.Equal([new(peer.Program("in").Info.Id, second.Info.Id, BpfAttachFlags.None)], BpfAttachedPrograms.OfTc("tested0", AttachType.NetkitPeer).Programs);
            Says("name the primary one", () => BpfAttachedPrograms.OfTc("nk0", AttachType.NetkitPrimary));
            Says("no netkit interface", () => BpfAttachedPrograms.OfTc("lo", AttachType.NetkitPrimary));
        });
    }

    [KernelFact(Minimum = "5.7", Needs = KernelNeeds.CgroupBpf)]
    public void ProgramsOfAGroupAreGivenInTheirOrder()
    {
        using KernelSandbox sandbox = new();
        string group = sandbox.AddCgroup().Path, below = Path.Combine(group, "below");
        Directory.CreateDirectory(below);
        sandbox.OnDispose(() => Directory.Delete(below));
        using BpfObject loaded = Load("cgroup_skb/egress", 1, "above", "first", "second");
        using BpfLink above = loaded.Program("above").AttachCgroup(group), first = loaded.Program("first").AttachCgroup(below), second = loaded.Program("second").AttachCgroup(below);
        BpfAttachedPrograms own = BpfAttachedPrograms.OfCgroup(below, AttachType.CgroupInetEgress);
        Assert.Equal(["first", "second"], own.Programs.Select(p => Name(loaded, p)));
        Assert.All(own.Programs, static p => Assert.Equal((null, BpfAttachFlags.AllowMulti), (p.LinkId, p.Flags)));
        BpfAttachedPrograms running = BpfAttachedPrograms.OfCgroup(below, AttachType.CgroupInetEgress, effective: true);
        // Programs of the groups above the test's run as well.
        Assert.Equal(["first", "second", "above"], running.Programs.Take(3).Select(p => Name(loaded, p)));
        Assert.Null(running.Revision);
        Assert.Empty(BpfAttachedPrograms.OfCgroup(below, AttachType.CgroupInetIngress).Programs);
        // bpftool asks for the flags of each program, which older kernels refuse to give.
        if (ThisKernel.Version < new KernelVersion(6, 0)) return;
        Assert.Equal(Bpftool(below), own.Programs.Select(static p => p.ProgramId));
        Assert.Equal(Bpftool(below, "effective"), running.Programs.Select(static p => p.ProgramId));
    }

    [KernelFact(Minimum = "6.17", Needs = KernelNeeds.CgroupBpf, InexactMinimum = "later versions of 6.12 have it too")]
    public void ChangesOfAGroupAreCounted()
    {
        using KernelSandbox sandbox = new();
        string group = sandbox.AddCgroup().Path;
        using BpfObject loaded = Load("cgroup_skb/egress", 1, "first");
        ulong? Ask() => BpfAttachedPrograms.OfCgroup(group, AttachType.CgroupInetEgress).Revision;
        ulong? before = Ask();
        Assert.NotNull(before);
        using (loaded.Program("first").AttachCgroup(group)) Assert.Equal(before + 1, Ask());
        Assert.Equal(before + 2, Ask());
    }

    [KernelTheory(Needs = KernelNeeds.CgroupBpf)]
    [InlineData(BpfAttachFlags.None)]
    [InlineData(BpfAttachFlags.AllowOverride)]
    [InlineData(BpfAttachFlags.AllowMulti)]
    public void FlagsOfAGroupsProgramsAreThoseThatTheyWereAttachedWith(BpfAttachFlags flags)
    {
        using KernelSandbox sandbox = new();
        Cgroup group = sandbox.AddCgroup();
        using BpfObject loaded = Load("cgroup_skb/egress", 1, "plain");
        using var folder = group.Open();
        uint target = (uint)folder.DangerousGetHandle();
        Plain(BpfCommand.ProgAttach, loaded.Program("plain"), target, AttachType.CgroupInetEgress, (uint)flags);
        Assert.Equal([new(loaded.Program("plain").Info.Id, null, flags)], BpfAttachedPrograms.OfCgroup(group.Path, AttachType.CgroupInetEgress).Programs);
        Plain(BpfCommand.ProgDetach, loaded.Program("plain"), target, AttachType.CgroupInetEgress, 0);
        Assert.Empty(BpfAttachedPrograms.OfCgroup(group.Path, AttachType.CgroupInetEgress).Programs);
    }

    [KernelFact(Minimum = "5.7", Needs = KernelNeeds.CgroupBpf)]
    public void ManyProgramsAreGivenAll()
    {
        using KernelSandbox sandbox = new();
        string group = sandbox.AddCgroup().Path;
        string[] names = [.. Enumerable.Range(0, 50).Select(static i => $"program{i}")];
        using BpfObject loaded = Load("cgroup_skb/egress", 1, names);
        List<BpfLink> links = [];
        try
        {
            foreach (string name in names)
            {
                links.Add(loaded.Program(name).AttachCgroup(group));
                Assert.Equal(links.Count, BpfAttachedPrograms.OfCgroup(group, AttachType.CgroupInetEgress).Programs.Count);
            }

            Assert.Equal(names, BpfAttachedPrograms.OfCgroup(group, AttachType.CgroupInetEgress).Programs.Select(p => Name(loaded, p)));
        }
        finally
        {
            foreach (BpfLink link in links) link.Dispose();
        }
    }

    [KernelFact(Minimum = "6.0", Needs = KernelNeeds.CgroupBpf | KernelNeeds.BpfLsm)]
    public void SecurityProgramsOfAGroupAreGiven()
    {
        using KernelSandbox sandbox = new();
        string group = sandbox.AddCgroup().Path;
        using BpfObject loaded = CodeBuilder.Open(
            [new CodeBuilder().Return(1).Function("creating", "lsm_cgroup/socket_create"), new CodeBuilder().Return(1).Function("binding", "lsm_cgroup/socket_bind")]).Load();
        using BpfLink first = loaded.Program("creating").AttachCgroup(group), second = loaded.Program("binding").AttachCgroup(group);
        IReadOnlyList<BpfAttachedProgram> programs = BpfAttachedPrograms.OfCgroup(group, AttachType.LsmCgroup).Programs;
        Assert.Equal(["binding", "creating"], programs.Select(p => Name(loaded, p)).Order());
        Assert.All(programs, static p => Assert.Equal(BpfAttachFlags.AllowMulti, p.Flags));
        Assert.Equal(2, BpfAttachedPrograms.OfCgroup(group, AttachType.LsmCgroup, effective: true).Programs.Count(p => Name(loaded, p).Length > 0));
    }

    [KernelFact(Minimum = "5.9", Needs = KernelNeeds.NetworkNamespaces)]
    public void ProgramsOfANetworkNamespaceAreGiven()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        using BpfObject lookups = Load("sk_lookup", 1, "first", "second"), dissector = Load("flow_dissector", 0, "dissector");
        Assert.Empty(BpfAttachedPrograms.OfNetworkNamespace(AttachType.SkLookup, space.Path).Programs);
        using BpfLink first = lookups.Program("first").AttachNetworkNamespace(space.Path), second = lookups.Program("second").AttachNetworkNamespace(space.Path);
        using BpfLink other = dissector.Program("dissector").AttachNetworkNamespace(space.Path);
        Assert.Equal(["first", "second"], BpfAttachedPrograms.OfNetworkNamespace(AttachType.SkLookup, space.Path).Programs.Select(p => Name(lookups, p)));
        uint id = Assert.Single(BpfAttachedPrograms.OfNetworkNamespace(AttachType.FlowDissector, space.Path).Programs).ProgramId;
        Assert.Equal(dissector.Program("dissector").Info.Id, id);
        // Not as JSON: bpftool's is malformed for this.
        string shown = space.Run(static () => Command.Run("bpftool", "net", "show"));
        Assert.Equal($"id {id}", shown.Split("flow_dissector:")[1].Trim().Split('\n')[0].Trim());
        // Without a path: the namespace of the process, not the thread's.
        Assert.DoesNotContain(BpfAttachedPrograms.OfNetworkNamespace(AttachType.SkLookup).Programs, p => Name(lookups, p).Length > 0);
    }

    [KernelFact(Minimum = "5.18", Needs = KernelNeeds.SockMap)]
    public void ProgramOfASockMapIsGiven()
    {
        using BpfObject loaded = Load("sk_msg", 1, "message");
        using BpfMap map = BpfMap.Create(new() { Name = "sockets", Type = MapType.SockMap, KeySize = 4, ValueSize = 4, MaxEntries = 2 });
        using (loaded.Program("message").AttachSockMap(map))
            Assert.Equal([new(loaded.Program("message").Info.Id, null, BpfAttachFlags.None)], BpfAttachedPrograms.OfSockMap(map, AttachType.SkMsgVerdict).Programs);
        Assert.Empty(BpfAttachedPrograms.OfSockMap(map, AttachType.SkMsgVerdict).Programs);
    }

    [KernelFact(Needs = KernelNeeds.CgroupBpf | KernelNeeds.NetworkNamespaces)]
    public void WhatCannotBeAskedIsSaid()
    {
        using KernelSandbox sandbox = new();
        string group = sandbox.AddCgroup().Path;
        Assert.Contains("call OfCgroup", Assert.Throws<ArgumentException>(() => BpfAttachedPrograms.OfTc("lo", AttachType.CgroupInetEgress)).Message, StringComparison.Ordinal);
        Assert.Contains("call OfTc", Assert.Throws<ArgumentException>(() => BpfAttachedPrograms.OfCgroup(group, AttachType.TcxEgress)).Message, StringComparison.Ordinal);
        Assert.Contains("BpfLink.EnumerateInfos", Assert.Throws<ArgumentException>(() => BpfAttachedPrograms.OfTc("lo", AttachType.Xdp)).Message, StringComparison.Ordinal);
        Says("no-such-device", () => BpfAttachedPrograms.OfTc("no-such-device", AttachType.TcxEgress));
        Says("no-such-group", () => BpfAttachedPrograms.OfCgroup(Path.Combine(group, "no-such-group"), AttachType.CgroupInetEgress));
        Says("cgroup2 file system", () => BpfAttachedPrograms.OfCgroup("/proc", AttachType.CgroupInetEgress));
        Says("/dev/no-such-device", () => BpfAttachedPrograms.OfLirc("/dev/no-such-device"));
        using BpfMap map = BpfMap.Create(new() { Name = "sockets", Type = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 2 });
        Says(ThisKernel.Version < new KernelVersion(5, 18) ? "this needs Linux 5.18" : "map 'sockets'", () => BpfAttachedPrograms.OfSockMap(map, AttachType.SkMsgVerdict));
        if (ThisKernel.Version < new KernelVersion(6, 6)) Says("this needs Linux 6.6", () => BpfAttachedPrograms.OfTc("lo", AttachType.TcxEgress));
        if (ThisKernel.Version < new KernelVersion(6, 7)) Says("this needs Linux 6.7", () => BpfAttachedPrograms.OfCgroup(group, AttachType.CgroupUnixConnect));
    }

    [KernelFact(Minimum = "5.8", Needs = KernelNeeds.NetworkNamespaces)]
    public void MissingCapabilityIsNamed()
    {
        const int NetAdmin = 12, SysAdmin = 21;
        Capabilities.RunWithout([NetAdmin, SysAdmin], () => Says("CAP_NET_ADMIN is missing", () => BpfAttachedPrograms.OfNetworkNamespace(AttachType.FlowDissector)));
    }

    private static BpfObject Load(string section, int verdict, params IEnumerable<string> names) =>
        CodeBuilder.Open([.. names.Select(n => new CodeBuilder().Return(verdict).Function(n, section))]).Load();

    /// <summary>The name that the kernel has for an attached program, "" if it is none of an object's.</summary>
    private static string Name(BpfObject loaded, BpfAttachedProgram program) =>
        loaded.Programs.FirstOrDefault(p => p.Info.Id == program.ProgramId)?.Name ?? "";

    /// <summary>The programs of a group's egress hook, as bpftool lists them.</summary>
    private static uint[] Bpftool(string group, params string[] more) =>
        [.. JsonDocument.Parse(Command.Run("bpftool", ["-j", "cgroup", "show", group, .. more])).RootElement.EnumerateArray()
            .Where(static e => e.GetProperty("attach_type").GetString() is "egress" or "cgroup_inet_egress").Select(static e => e.GetProperty("id").GetUInt32())];

    /// <summary>Attaches and detaches without a link.</summary>
    private static void Plain(BpfCommand command, BpfProgram program, uint target, AttachType type, uint flags)
    {
        using var attr = new BpfAttr();
        Assert.Equal(0, RawBpf.Call(command, attr.Set(0, target).Set(4, program.Handle).Set(8, (uint)type).Set(12, flags)));
    }

    private static void Says(string text, Action action) =>
        Assert.Contains(text, Assert.Throws<BpfException>(action).Message, StringComparison.Ordinal);
}
