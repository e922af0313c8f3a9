// Slices whose start was compared with other variables only, numbers that loops count down to zero, and searches whose end is a difference: verifiers before Linux 6.8 learn
// nothing from such comparisons ("R3 offset is outside of the packet", "infinite loop detected").
[BpfObject(License = "GPL")]
public partial class HttpRequests
{
    // HTTP method, path copy, header search
    [InlineArray(32)] public struct Bytes32 { private byte first; }
    [InlineArray(48)] public struct Bytes48 { private byte first; }
    public enum Method : byte { Unknown, Get, Post, Put, Delete, Head }
    public struct Request { public Method Method; public byte PathLength; public Bytes32 Path; public uint Status; }

    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<Request> Last { get; }
    [BpfMap(MaxEntries = 8)] public static partial HashMap<Bytes32, ulong> Paths { get; }
    public static int g0;

    static (Method Method, int Length) MethodOf(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("GET "u8)) return (Method.Get, 4);
        if (text.StartsWith("POST "u8)) return (Method.Post, 5);
        if (text.StartsWith("PUT "u8)) return (Method.Put, 4);
        if (text.StartsWith("DELETE "u8)) return (Method.Delete, 7);
        return text is [(byte)'H', (byte)'E', (byte)'A', (byte)'D', (byte)' ', ..] ? (Method.Head, 5) : (Method.Unknown, 0);
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<EthernetHeader> eth) || eth.Value.EtherType.Value is not EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryPeek(out Ref<IPv4Header> ip) || ip.Value.Protocol != IpProtocol.Tcp || !packet.TrySkip((uint)ip.Value.HeaderLength)) return XdpAction.Pass;
        if (!packet.TryPeek(out Ref<TcpHeader> tcp)) return XdpAction.Pass;
        if (!packet.TrySkip((uint)tcp.Value.HeaderLength)) return XdpAction.Pass;
        if (!packet.TryPeek(out Ref<Bytes48> payload))
        {
            if (!packet.TryPeek(out Ref<Bytes32> shorter)) return XdpAction.Tx;
            ReadOnlySpan<byte> few = shorter.Value;
            return (XdpAction)(byte)MethodOf(few).Method;
        }
        ReadOnlySpan<byte> text = payload.Value;
        (Method method, int start) = MethodOf(text);
        if (method == Method.Unknown) return XdpAction.Pass;
        Request request = new() { Method = method };
        ReadOnlySpan<byte> rest = text[start..];
        int end = rest.IndexOf((byte)' ');
        if (end < 0) end = rest.Length;
        Span<byte> path = request.Path;
        ReadOnlySpan<byte> source = rest[..Math.Min(end, path.Length)];
        source.CopyTo(path);
        request.PathLength = (byte)source.Length;
        int query = source.IndexOf((byte)'?');
        ReadOnlySpan<byte> file = query >= 0 ? source[..query] : source;
        int slash = file.LastIndexOf((byte)'/');
        ReadOnlySpan<byte> leaf = file[(slash + 1)..];
        int dot = leaf.IndexOf((byte)'.');
        if (dot >= 0 && leaf[(dot + 1)..].SequenceEqual("html"u8)) request.Status = 200;
        int digits = 0;
        foreach (byte c in leaf)
        {
            if (char.IsAsciiDigit((char)c)) digits = digits * 10 + c - '0';
            else if (char.IsAsciiLetterUpper((char)c)) { digits = -1; break; }
        }
        g0 = digits;
        if (Paths.TryGetRef(request.Path, out Ref<ulong> seen)) seen.Value++;
        else Paths.TryAdd(request.Path, 1);
        Last[(uint)method] = request;
        int host = text.IndexOf("Host: "u8);
        return host >= 0 && host + 7 < text.Length ? (XdpAction)text[host + 6] : XdpAction.Drop;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
