using BpfSharp.Objects.Kernel;
using static BpfSharp.Objects.Kernel.HelperArgument;

namespace BpfSharp.Objects.Tests.Kernel;

public class HelpersTests
{
    [Fact]
    public void IdsAreDenseAndNamesUnique()
    {
        Assert.Equal(Enumerable.Range(1, 211), Helpers.All.Select(h => h.Id));
        Assert.Equal(211, Helpers.All.Select(h => h.Name).Distinct().Count());
        Assert.All(Helpers.All, h => Assert.StartsWith("bpf_", h.Name));
        Assert.All(Helpers.All, h => Assert.Same(h, Helpers.Find(h.Name)));
        Assert.All(Helpers.All, h => Assert.Same(h, Helpers.Find(h.Id)));
        Assert.Null(Helpers.Find(0));
        Assert.Null(Helpers.Find(212));
        Assert.Null(Helpers.Find("bpf_no_such_helper"));
    }

    [UapiFact]
    public void IdsAreTheKernels()
    {
        Dictionary<int, string> kernel = UapiHeader.Helpers();
        Assert.True(kernel.Count > 200);
        foreach ((int id, string name) in kernel.Where(k => k.Key != 0))
            Assert.Equal("bpf_" + name, Helpers.Find(id)?.Name);
    }

    [Fact]
    public void NewerHelpersHaveNoOlderVersions()
    {
        // Ids are given in order of development, which takes place for one release at a time; a few arrive through other trees.
        KernelVersion newest = default;
        foreach (Helper helper in Helpers.All)
        {
            newest = KernelVersion.Max(newest, helper.Since);
            Assert.True(newest.Major * 20 + newest.Minor - (helper.Since.Major * 20 + helper.Since.Minor) <= 1, $"{helper.Name} {helper.Since} after {newest}");
        }
    }

    [Fact]
    public void ArgumentsAreConsistent()
    {
        foreach (Helper helper in Helpers.All)
        {
            Assert.False(helper.ProgramTypes.IsEmpty, helper.Name);
            foreach (ProgramType type in helper.ProgramTypes)
                Check(helper, helper.ArgumentsFor(type));
            Check(helper, helper.Arguments);
        }

        static void Check(Helper helper, IReadOnlyList<HelperArgument> arguments)
        {
            Assert.InRange(arguments.Count, 0, 5);
            for (int i = 0; i < arguments.Count; i++)
            {
                bool isMemory = arguments[i] is Memory or MemoryOrNull or ReadOnlyMemory or ReadOnlyMemoryOrNull or NewMemory;
                bool isSized = i + 1 < arguments.Count && arguments[i + 1] is Size or SizeOrZero;
                Assert.True(isMemory == isSized, $"{helper.Name}: argument {i + 1} and its size");
            }
            if (arguments.Any(a => a is MapKey or MapValue or NewMapValue))
                Assert.Contains(Map, arguments.Take(2));
        }
    }

    [Theory]
    // From the kernel's sources and commit messages, not from the table.
    [InlineData("bpf_map_lookup_elem", ProgramType.Xdp, "4.8")]
    [InlineData("bpf_loop", ProgramType.SchedCls, "5.17")]
    [InlineData("bpf_get_socket_cookie", ProgramType.Tracing, "5.12")]
    [InlineData("bpf_setsockopt", ProgramType.Lsm, "6.0")]
    [InlineData("bpf_get_current_pid_tgid", ProgramType.Kprobe, "4.2")]
    [InlineData("bpf_get_current_pid_tgid", ProgramType.Xdp, "6.10")]
    [InlineData("bpf_ringbuf_reserve", ProgramType.Tracepoint, "5.8")]
    [InlineData("bpf_xdp_adjust_head", ProgramType.Tracepoint, null)]
    [InlineData("bpf_spin_lock", ProgramType.Kprobe, null)]
    [InlineData("bpf_probe_read_kernel", ProgramType.Kprobe, "5.5")]
    public void SinceForAProgramType(string name, ProgramType type, string? since) =>
        Assert.Equal(since, Helpers.Find(name)!.SinceFor(type)?.ToString());

    [Fact]
    public void LicencesAndSleeping()
    {
        Assert.True(Helpers.Find("bpf_trace_printk")!.IsGplOnly);
        Assert.True(Helpers.Find("bpf_probe_read_kernel")!.IsGplOnly);
        Assert.False(Helpers.Find("bpf_map_update_elem")!.IsGplOnly);
        Assert.True(Helpers.Find("bpf_copy_from_user")!.MightSleep);
        Assert.False(Helpers.Find("bpf_map_update_elem")!.MightSleep);
    }

    [Fact]
    public void ExceptionsNameHelpersThatTheTableOffers()
    {
        foreach (HelperOffer offer in HelperOffers.All)
        {
            Helper helper = Helpers.Find(offer.Name)!;
            Assert.NotNull(helper);
            Assert.All(offer.Types, type => Assert.Contains(type, helper.ProgramTypes));
            Assert.All(offer.Types, type => Assert.True(offer.Since > KernelVersion.Max(helper.Since, ProgramTypes.Since(type)), $"{offer.Name} {type}"));
        }
        foreach (HelperVariant variant in HelperOffers.Variants)
        {
            Helper helper = Helpers.Find(variant.Name)!;
            Assert.NotNull(helper);
            Assert.All(variant.Types, type => Assert.Contains(type, helper.ProgramTypes));
            Assert.NotEqual(helper.Arguments.AsEnumerable(), variant.Arguments.AsEnumerable());
        }
    }
}
