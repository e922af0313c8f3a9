using BpfSharp.Loading;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Events;

/// <summary>
/// Where an object's programs count the records that found no room in a ring buffer: a variable <c>__lost_NAME</c> of 64 bits in a data section,
/// which our compiler makes and any program in C may.
/// </summary>
/// <param name="section">The section.</param>
/// <param name="offset">Where in it.</param>
internal sealed class LossCounter(DataSectionMap section, int offset)
{
    private const string Prefix = "__lost_";

    /// <summary>How many records.</summary>
    public long Value => section.Read<long>(offset);

    /// <summary>Gives each ring buffer of an object its counter, if the object has one.</summary>
    public static void Connect(ObjectSpec spec, LoadedParts parts)
    {
        foreach (DataSectionSpec section in spec.DataSections)
        {
            if (!parts.Sections.TryGetValue(section.Name, out DataSectionMap? loaded)) continue;
            foreach (VariableSpec variable in section.Variables)
            {
                if (variable.Size != sizeof(long) || !variable.Name.StartsWith(Prefix, StringComparison.Ordinal)) continue;
                if (parts.Maps.TryGetValue(variable.Name[Prefix.Length..], out BpfMap? map) && map.Type == MapType.RingBuffer)
                    map.Losses = new LossCounter(loaded, variable.Offset);
            }
        }
    }
}
