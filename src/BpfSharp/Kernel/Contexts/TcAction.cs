namespace BpfSharp.Kernel;

/// <summary>What becomes of a packet after a traffic-control program (<c>TC_ACT_*</c>).</summary>
public enum TcAction
{
    /// <summary>The default action of the filter; with tcx the next program decides (<c>TC_ACT_UNSPEC</c>, <c>TCX_NEXT</c>).</summary>
    Unspecified = -1,

    /// <summary>The packet goes on (<c>TC_ACT_OK</c>).</summary>
    Ok = 0,

    /// <summary>Classification begins again (<c>TC_ACT_RECLASSIFY</c>).</summary>
    Reclassify = 1,

    /// <summary>The packet is dropped (<c>TC_ACT_SHOT</c>).</summary>
    Shot = 2,

    /// <summary>The next action decides (<c>TC_ACT_PIPE</c>).</summary>
    Pipe = 3,

    /// <summary>The packet was taken over (<c>TC_ACT_STOLEN</c>).</summary>
    Stolen = 4,

    /// <summary>The packet was queued (<c>TC_ACT_QUEUED</c>).</summary>
    Queued = 5,

    /// <summary>The actions begin again (<c>TC_ACT_REPEAT</c>).</summary>
    Repeat = 6,

    /// <summary>The packet goes where the redirect helper said (<c>TC_ACT_REDIRECT</c>).</summary>
    Redirect = 7,

    /// <summary>The packet was taken over by a trap (<c>TC_ACT_TRAP</c>).</summary>
    Trap = 8,
}
