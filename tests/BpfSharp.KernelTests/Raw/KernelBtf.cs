using System.Buffers.Binary;
using System.Text;

namespace BpfSharp.KernelTests.Raw;

/// <summary>Finds type ids in the running kernel's BTF by reading it type by type; slow, simple and independent of the library's own reader.</summary>
static class KernelBtf
{
    public const uint Struct = 4;
    public const uint Typedef = 8;
    public const uint Func = 12;
    public const string Path = "/sys/kernel/btf/vmlinux";

    static readonly Lazy<Dictionary<(uint Kind, string Name), uint>> s_ids = new(Read);

    /// <summary>The id of a named type; null if the kernel has none.</summary>
    public static uint? Find(uint kind, string name) => s_ids.Value.TryGetValue((kind, name), out uint id) ? id : null;

    static Dictionary<(uint Kind, string Name), uint> Read()
    {
        byte[] data = File.ReadAllBytes(Path);
        uint headerSize = U32(data, 4);
        int types = (int)(headerSize + U32(data, 8)), typesEnd = types + (int)U32(data, 12);
        int strings = (int)(headerSize + U32(data, 16));
        var ids = new Dictionary<(uint, string), uint>();
        uint id = 1;
        for (int at = types; at < typesEnd; id++)
        {
            uint info = U32(data, at + 4), kind = (info >> 24) & 0x1f, count = info & 0xffff;
            if (kind is Struct or Typedef or Func)
            {
                ReadOnlySpan<byte> name = data.AsSpan(strings + (int)U32(data, at));
                ids.TryAdd((kind, Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)])), id);
            }

            at += 12 + (int)BytesAfter(kind, count);
        }

        return ids;
    }

    // What follows the 12 bytes that every type has, by BTF_KIND_*.
    static uint BytesAfter(uint kind, uint count) => kind switch
    {
        1 => 4, // INT
        3 => 12, // ARRAY
        4 or 5 => 12 * count, // STRUCT, UNION
        6 => 8 * count, // ENUM
        13 => 8 * count, // FUNC_PROTO
        14 => 4, // VAR
        15 => 12 * count, // DATASEC
        17 => 4, // DECL_TAG
        19 => 12 * count, // ENUM64
        _ => 0,
    };

    static uint U32(byte[] data, int at) => BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(at));
}
