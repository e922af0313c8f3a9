namespace BpfSharp.KernelTests.Raw;

/// <summary>The attach types that the infrastructure uses (<c>enum bpf_attach_type</c>).</summary>
static class AttachType
{
    public const uint CgroupInetIngress = 0;
    public const uint TraceRawTp = 23;
    public const uint TraceFentry = 24;
    public const uint ModifyReturn = 26;
    public const uint LsmMac = 27;
    public const uint Xdp = 37;
    public const uint TraceKprobeMulti = 42;
    public const uint Netfilter = 45;
    public const uint TcxIngress = 46;
}
