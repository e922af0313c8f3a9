namespace BpfSharp;

/// <summary>Where an XDP program runs.</summary>
public enum BpfXdpMode
{
    /// <summary>In the driver if it can, else in the stack.</summary>
    Automatic = 0,

    /// <summary>In the network stack, on any interface (<c>XDP_FLAGS_SKB_MODE</c>).</summary>
    Generic = 2,

    /// <summary>In the driver (<c>XDP_FLAGS_DRV_MODE</c>).</summary>
    Driver = 4,

    /// <summary>On the network card (<c>XDP_FLAGS_HW_MODE</c>).</summary>
    Hardware = 8,
}
