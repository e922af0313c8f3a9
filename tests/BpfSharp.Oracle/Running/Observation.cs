using System.Globalization;

namespace BpfSharp.Oracle.Running;

/// <summary>All that can be seen of one run: the program's result, the packet that it left, and the maps and globals afterwards.</summary>
public sealed record Observation(uint Result, string Packet, string State)
{
    /// <summary>What the programs return if they fault.</summary>
    public const uint Fault = 0x5AFE;

    public override string ToString() => $"result {(Result == Fault ? "fault" : ((int)Result).ToString(CultureInfo.InvariantCulture))}\npacket {Packet}\n{State}";
}

/// <summary>Something that runs a program on packets, one after the other; maps and globals live on.</summary>
public interface IMachine : IDisposable
{
    Observation Run(byte[] packet);
}
