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

    private const int ArgumentSize = 16, CookieAt = UsdtArguments.Most * ArgumentSize, CountAt = CookieAt + 8, EntrySize = CountAt + 8;
    private static readonly Lock s_lock = new();

    /// <summary>The table of an object that has one.</summary>
    /// <exception cref="BpfException">The map of that name is none.</exception>
    public static BpfMap? Of(IReadOnlyDictionary<string, BpfMap> maps) =>
        !maps.TryGetValue(Name, out BpfMap? map) ? null
        : map.Type == MapType.Array && map.KeySize == 4 && map.ValueSize == EntrySize ? map
        : throw new BpfException($"map '{Name}' is not the table of static probes that programs of this name have: an array of {EntrySize} bytes an element");

    /// <summary>
    /// The index of an entry, which is made if there is none like it. Entries stay: a program that is detached may run for the last time, and those who attach again
    /// need the same ones.
    /// </summary>
    /// <exception cref="BpfException">The table is full, or an argument is in a form that is not known.</exception>
    public static uint Add(BpfMap table, UsdtSite site, ulong cookie)
    {
        byte[] wanted = Entry(UsdtArguments.Parse(site), cookie), entry = new byte[EntrySize], key = new byte[4];
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

    /// <summary>An entry as programs read it.</summary>
    internal static byte[] Entry(UsdtArgument[] arguments, ulong cookie)
    {
        byte[] entry = new byte[EntrySize];
        for (int i = 0; i < arguments.Length; i++)
        {
            UsdtArgument argument = arguments[i];
            Span<byte> at = entry.AsSpan(i * ArgumentSize);
            BinaryPrimitives.WriteInt64LittleEndian(at, argument.Constant);
            BinaryPrimitives.WriteUInt32LittleEndian(at[8..], (uint)argument.Kind | ((uint)argument.Second << 8) | ((uint)argument.Scale << 20));
            BinaryPrimitives.WriteInt16LittleEndian(at[12..], (short)argument.Register);
            at[14] = argument.IsSigned ? (byte)1 : (byte)0;
            at[15] = (byte)(64 - (8 * argument.Size));
        }

        BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(CookieAt), cookie);
        BinaryPrimitives.WriteInt16LittleEndian(entry.AsSpan(CountAt), (short)arguments.Length);
        // Padding to programs. A probe without arguments and cookie is no empty entry.
        entry[^1] = 1;
        return entry;
    }
}
