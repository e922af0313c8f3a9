using System.Buffers.Binary;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Links;

/// <summary>
/// The map in which a program finds where a static probe's arguments are, by the cookie of the place that was passed. Name and entries are libbpf's, so that programs
/// in C with its <c>usdt.bpf.h</c> are attached too.
/// </summary>
internal static class UsdtPlaceTable
{
    /// <summary>The map's name.</summary>
    public const string Name = "__bpf_usdt_specs";

    private static readonly Lock s_lock = new();

    /// <summary>The table of an object that has one.</summary>
    public static BpfMap? Of(IReadOnlyDictionary<string, BpfMap> maps) => maps.GetValueOrDefault(Name);

    /// <summary>
    /// The index of an entry, which is made if there is none like it. Entries stay: a program that is detached may run for the last time, and those who attach again
    /// need the same ones.
    /// </summary>
    /// <exception cref="BpfException">The map is no such table, it is full, or an argument is in a form that is not known.</exception>
    public static uint Add(BpfMap table, UsdtSite site, ulong cookie)
    {
        if (table.Type != MapType.Array || table.KeySize != 4 || UsdtEntry.Of(table.ValueSize) is not { } layout)
            throw new BpfException($"map '{Name}' is not the table of static probes that programs of this name have: an array of {UsdtEntry.Compact.Size} or {UsdtEntry.Wide.Size} bytes an element");
        byte[] wanted = layout.Write(UsdtArguments.Parse(site), cookie), entry = new byte[wanted.Length], key = new byte[4];
        lock (s_lock)
        {
            for (uint i = 0; i < table.MaxEntries; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(key, i);
                if (!table.TryLookup(key, entry)) break;
                if (entry.AsSpan().SequenceEqual(wanted)) return i;
                if (entry.AsSpan().ContainsAnyExcept((byte)0)) continue;
                if (table.TryUpdate(key, wanted)) return i;
            }
        }

        throw new BpfException($"the table of static probes has no room for another form of arguments or another cookie; make it larger before loading: Map(\"{Name}\").MaxEntries");
    }
}
