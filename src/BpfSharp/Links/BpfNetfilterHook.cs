namespace BpfSharp;

/// <summary>A place in netfilter (kernel 6.4).</summary>
/// <param name="Family">The protocol family.</param>
/// <param name="Point">The hook.</param>
/// <param name="Priority">The place among the hook's users, lowest first.</param>
/// <param name="Defragment">Whether packets are put together first (<c>BPF_F_NETFILTER_IP_DEFRAG</c>, kernel 6.6).</param>
public sealed record BpfNetfilterHook(BpfNetfilterFamily Family, BpfNetfilterPoint Point, int Priority = 0, bool Defragment = false);

/// <summary>The protocol families of netfilter programs.</summary>
public enum BpfNetfilterFamily
{
    /// <summary><c>NFPROTO_IPV4</c>.</summary>
    IPv4 = 2,

    /// <summary><c>NFPROTO_IPV6</c>.</summary>
    IPv6 = 10,
}

/// <summary>The hooks of netfilter (<c>enum nf_inet_hooks</c>).</summary>
public enum BpfNetfilterPoint
{
    /// <summary><c>NF_INET_PRE_ROUTING</c>.</summary>
    PreRouting = 0,

    /// <summary><c>NF_INET_LOCAL_IN</c>.</summary>
    LocalIn = 1,

    /// <summary><c>NF_INET_FORWARD</c>.</summary>
    Forward = 2,

    /// <summary><c>NF_INET_LOCAL_OUT</c>.</summary>
    LocalOut = 3,

    /// <summary><c>NF_INET_POST_ROUTING</c>.</summary>
    PostRouting = 4,
}
