using System.ComponentModel;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>What the maps have in common that say where XDP programs send packets. In .NET nothing is sent: <see cref="KernelSimulation.RedirectTargets"/> says where to.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class RedirectMap
{
    private readonly SortedDictionary<uint, uint> _targets = [];
    private readonly bool _isArray;

    private protected RedirectMap(uint maxEntries, bool isArray) => (MaxEntries, _isArray) = (maxEntries, isArray);

    /// <summary>The capacity in entries.</summary>
    public uint MaxEntries { get; }

    /// <summary>
    /// Sends the packet where a key leads to (<c>bpf_redirect_map</c>, kernel 4.14; the fallback 5.3). The program returns the result: the packet is sent when it ends.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">What is to become of the packet if the key leads nowhere; not <see cref="XdpAction.Redirect"/>.</param>
    /// <returns><see cref="XdpAction.Redirect"/>, or <paramref name="fallback"/> if the key leads nowhere.</returns>
    [KernelIntrinsic("redirect.one")]
    public XdpAction Redirect(uint key, XdpAction fallback = XdpAction.Aborted)
    {
        if (fallback is < XdpAction.Aborted or > XdpAction.Tx) return XdpAction.Aborted;
        lock (_targets)
        {
            bool found = _targets.TryGetValue(key, out uint target);
            KernelSimulation.Current.RedirectTargets = found ? [target] : [];
            return found ? XdpAction.Redirect : fallback;
        }
    }

    /// <summary>Says where a key leads to in .NET. Not for kernel code.</summary>
    /// <param name="key">The key.</param>
    /// <param name="target">The interface's index, the CPU's queue length, the socket's number.</param>
    /// <returns>False if there is no such key or the map is full.</returns>
    public bool Set(uint key, uint target)
    {
        lock (_targets)
        {
            if (_isArray ? key >= MaxEntries : !_targets.ContainsKey(key) && _targets.Count >= MaxEntries) return false;
            _targets[key] = target;
            return true;
        }
    }

    /// <summary>Removes a key in .NET. Not for kernel code.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(uint key)
    {
        lock (_targets) return _targets.Remove(key);
    }

    /// <summary>Removes all keys in .NET. Not for kernel code.</summary>
    public void Clear()
    {
        lock (_targets) _targets.Clear();
    }

    private protected XdpAction SendToAll(uint? except)
    {
        lock (_targets) KernelSimulation.Current.RedirectTargets = [.. _targets.Values.Where(t => t != except)];
        return XdpAction.Redirect;
    }
}

/// <summary>What the two maps of interfaces have in common.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class InterfaceMap : RedirectMap
{
    private protected InterfaceMap(uint maxEntries, bool isArray)
        : base(maxEntries, isArray)
    {
    }

    /// <summary>Sends a copy of the packet to each interface of the map (<c>bpf_redirect_map</c> with <c>BPF_F_BROADCAST</c>, kernel 5.14). The program returns the result.</summary>
    /// <param name="context">The packet's context.</param>
    /// <param name="exceptIngress">Whether the interface that the packet came from is left out (<c>BPF_F_EXCLUDE_INGRESS</c>).</param>
    /// <returns><see cref="XdpAction.Redirect"/>.</returns>
    [KernelIntrinsic("redirect.all")]
    public XdpAction Broadcast(XdpContext context, bool exceptIngress = true) => SendToAll(exceptIngress ? context.IngressInterface : null);
}
