using System.Globalization;

namespace BpfSharp.KernelTests;

/// <summary>One end of a pair of virtual Ethernet devices, in a namespace of its own.</summary>
/// <param name="Namespace">The namespace that holds this end.</param>
/// <param name="Name">The device's name in it.</param>
/// <param name="Address">Its IPv4 address, without the prefix length.</param>
public sealed record VethEnd(NetworkNamespace Namespace, string Name, string Address)
{
    /// <summary>The interface index inside <see cref="Namespace"/>.</summary>
    public int Index { get; } = Namespace.Run(() => ReadIndex(Namespace, Name));

    // /sys/class/net shows the namespace in which sysfs was mounted, so ask ip.
    static int ReadIndex(NetworkNamespace ns, string name) =>
        int.Parse(ns.Ip("-o", "link", "show", "dev", name).Split(':')[0], CultureInfo.InvariantCulture);
}
