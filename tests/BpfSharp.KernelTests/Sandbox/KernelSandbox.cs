using System.Globalization;

namespace BpfSharp.KernelTests;

/// <summary>
/// What one test changes outside its own process: network namespaces, devices, a cgroup, a bpffs, a folder. All of it carries the test
/// process's id in its name and goes when the sandbox is disposed, in reverse order, also when the test failed.
/// </summary>
public sealed class KernelSandbox : IDisposable
{
    /// <summary>How the names of everything that this process makes begin.</summary>
    internal static readonly string Prefix = string.Create(CultureInfo.InvariantCulture, $"bpfs-{Environment.ProcessId}-");

    static int s_last;

    readonly Stack<Action> _undo = new();
    string? _folder;

    static KernelSandbox() => Leftovers.RemoveThoseOfEndedRuns();

    /// <summary>A folder of the test's own.</summary>
    public string TemporaryFolder => _folder ??= MakeFolder("files");

    /// <summary>Makes a network namespace with its loopback device up.</summary>
    public NetworkNamespace AddNetworkNamespace() => Own(new NetworkNamespace(NextName()));

    /// <summary>
    /// Makes a pair of virtual Ethernet devices, each end up in a new namespace: <c>left</c> with 10.0.0.1/24 and <c>right</c> with
    /// 10.0.0.2/24, and the IPv6 addresses fd00::1/64 and fd00::2/64 (usable at once: duplicate detection is off).
    /// </summary>
    public (VethEnd Left, VethEnd Right) AddVethPair()
    {
        NetworkNamespace left = AddNetworkNamespace(), right = AddNetworkNamespace();
        left.Ip("link", "add", "left", "type", "veth", "peer", "name", "right", "netns", right.Name);
        foreach ((NetworkNamespace ns, string device, int number) in new[] { (left, "left", 1), (right, "right", 2) })
        {
            ns.Ip("addr", "add", $"10.0.0.{number}/24", "dev", device);
            if (Directory.Exists("/proc/sys/net/ipv6")) ns.Ip("addr", "add", $"fd00::{number}/64", "dev", device, "nodad");
            ns.Ip("link", "set", device, "up");
        }

        return (new VethEnd(left, "left", "10.0.0.1"), new VethEnd(right, "right", "10.0.0.2"));
    }

    /// <summary>Makes a cgroup.</summary>
    public Cgroup AddCgroup() => Own(new Cgroup(Cgroup.Root, NextName()));

    /// <summary>Mounts a bpffs of the test's own and returns its folder.</summary>
    public string MountBpffs() => Own(Mount.At("bpf", MakeFolder("bpffs"))).Path;

    /// <summary>Adds something to undo before everything that the sandbox holds already.</summary>
    public void OnDispose(Action undo) => _undo.Push(undo);

    /// <summary>Disposes <paramref name="thing"/> with the sandbox, before everything that it holds already.</summary>
    public T Own<T>(T thing)
        where T : IDisposable
    {
        _undo.Push(thing.Dispose);
        return thing;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        List<Exception> failures = [];
        while (_undo.TryPop(out Action? undo))
        {
            try
            {
                undo();
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }

        if (failures.Count > 0) throw new AggregateException("the sandbox could not be removed", failures);
    }

    static string NextName() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Interlocked.Increment(ref s_last)}");

    string MakeFolder(string kind)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{NextName()}-{kind}");
        Directory.CreateDirectory(path);
        _undo.Push(() => Directory.Delete(path, recursive: true));
        return path;
    }
}
