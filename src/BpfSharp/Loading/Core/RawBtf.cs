using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Loading.Core;

/// <summary>
/// BTF read where it stands: one pass finds where each type begins, and nothing of it becomes an object. A module's BTF continues the
/// ids and strings of the kernel's, its base. Nothing in it is trusted.
/// </summary>
internal sealed unsafe class RawBtf : IDisposable
{
    private const string SectionName = ".BTF";

    // As libbpf: only corrupted types nest deeper.
    private const int MaximumDepth = 32;

    private readonly NativeBytes _bytes;
    private readonly RawBtf? _base;
    private readonly byte* _types;
    private readonly byte* _strings;
    private readonly uint _firstString;
    private readonly uint _stringsLength;
    private readonly uint* _offsets;
    private BtfNameIndex? _index;

    /// <summary>Finds the types. The bytes belong to the result from here on.</summary>
    /// <param name="bytes">The content of <c>.BTF</c>.</param>
    /// <param name="name">What it describes, for messages: <c>vmlinux</c>, a module, a file.</param>
    /// <param name="baseBtf">The kernel's BTF, if this is a module's.</param>
    /// <exception cref="ObjectFormatException">The content is malformed.</exception>
    public RawBtf(NativeBytes bytes, string name, RawBtf? baseBtf = null)
    {
        (_bytes, Name, _base) = (bytes, name, baseBtf);
        try
        {
            byte* data = bytes.Pointer;
            ulong length = bytes.Length;
            if (length < BtfHeader.Size) throw Error(0, "The header is not whole.");
            if (*(ushort*)data != BtfHeader.Magic) throw Error(0, "This is not little-endian BTF: the magic number is wrong.");
            if (data[2] != BtfHeader.Version) throw Error(2, $"BTF version {data[2]} is not supported.");
            uint* header = (uint*)data;
            ulong start = header[1];
            if (start < BtfHeader.Size || start % 4 != 0) throw Error(4, $"The header's length {start} is wrong.");
            ulong types = start + header[2], strings = start + header[4];
            if (types % 4 != 0 || types > length || header[3] > length - types) throw Error(8, "The types are not within the section.");
            if (strings > length || header[5] > length - strings) throw Error(16, "The strings are not within the section.");
            _types = data + types;
            _strings = data + strings;
            _stringsLength = header[5];
            // Every string ends, because the last one does.
            if (_stringsLength == 0 ? baseBtf is null : _strings[_stringsLength - 1] != 0) throw Error(16, "The last string has no end.");
            FirstId = baseBtf is null ? 1 : baseBtf.EndId;
            _firstString = baseBtf is null ? 0 : baseBtf._firstString + baseBtf._stringsLength;
            // A type takes at least 12 bytes; memory that is never written costs nothing.
            _offsets = (uint*)NativeMemory.Alloc(header[3] / 12 + 1, sizeof(uint));
            EndId = FirstId + FindTypes(header[3], types);
        }
        catch
        {
            NativeMemory.Free(_offsets);
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>What it describes.</summary>
    public string Name { get; }

    /// <summary>The first id of its own; 1 unless it has a base.</summary>
    public int FirstId { get; }

    /// <summary>One more than the last id.</summary>
    public int EndId { get; }

    /// <summary>Whether it is a module's, on top of the kernel's.</summary>
    public bool HasBase => _base is not null;

    /// <summary>Its own types by name; made when first asked for.</summary>
    public BtfNameIndex Index => _index ??= new BtfNameIndex(this);

    /// <summary>The type with an id; <c>void</c> for 0.</summary>
    /// <exception cref="ObjectFormatException">There is none.</exception>
    public RawType this[uint id]
    {
        get
        {
            if (id >= (uint)FirstId && id < (uint)EndId) return new((uint*)(_types + _offsets[id - (uint)FirstId]));
            if (id == 0) return default;
            return _base is not null && id < (uint)FirstId ? _base[id] : throw Error(0, $"There is no type {id}.");
        }
    }

    /// <summary>The zero-terminated name at an offset, without the zero.</summary>
    public ReadOnlySpan<byte> NameAt(uint offset) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated(Text(offset));

    /// <summary>The name at an offset as a string.</summary>
    public string TextAt(uint offset) => Encoding.UTF8.GetString(NameAt(offset));

    /// <summary>The zero-terminated name at an offset.</summary>
    public byte* Text(uint offset)
    {
        if (offset < _firstString && _base is not null) return _base.Text(offset);
        uint own = offset - _firstString;
        return own < _stringsLength ? _strings + own : throw Error(offset, $"There is no string at {offset}.");
    }

    /// <summary>How many bytes of strings stand from an own string's offset on: what may be read without looking for its end.</summary>
    public uint TextRoom(uint offset) => offset >= _firstString && offset - _firstString < _stringsLength ? _stringsLength - (offset - _firstString) : 0;

    /// <summary>The id behind typedefs, qualifiers and type tags.</summary>
    public uint Resolve(uint id)
    {
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            RawType type = this[id];
            if (!type.IsModifier) return id;
            id = type.TypeId;
        }

        throw Error(0, $"The chain of types behind type {id} never ends.");
    }

    /// <summary>Bytes of a type.</summary>
    /// <returns>-1 if it has no size, or more than 32 bits of it.</returns>
    public long SizeOf(uint id)
    {
        ulong count = 1;
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            RawType type = this[id];
            long size;
            switch (type.Kind)
            {
                case RawType.Int or RawType.Struct or RawType.Union or RawType.Enum or RawType.Enum64 or RawType.DataSection or RawType.Float:
                    size = type.Size;
                    break;
                case RawType.Pointer:
                    size = 8;
                    break;
                case RawType.Typedef or RawType.Volatile or RawType.Const or RawType.Restrict or RawType.Variable or RawType.DeclarationTag or RawType.TypeTag:
                    id = type.TypeId;
                    continue;
                case RawType.Array:
                    count *= type.ElementCount;
                    if (count > uint.MaxValue) return -1;
                    id = type.ElementTypeId;
                    continue;
                default:
                    return -1;
            }

            ulong total = count * (ulong)size;
            return total <= uint.MaxValue ? (long)total : -1;
        }

        return -1;
    }

    /// <summary>The id of the first own type of a kind with a whole name, 0 if there is none.</summary>
    public uint Find(int kind, ReadOnlySpan<byte> name)
    {
        for (int id = FirstId; id < EndId; id++)
        {
            RawType type = this[(uint)id];
            if (type.Kind == kind && type.NameOffset != 0 && Equals(Text(type.NameOffset), name)) return (uint)id;
        }

        return 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_bytes.IsClosed) return;
        _index?.Dispose();
        NativeMemory.Free(_offsets);
        _bytes.Dispose();
    }

    /// <summary>The exception for something malformed.</summary>
    public ObjectFormatException Error(long offset, string problem) => new($"{Name} {SectionName}", offset, problem);

    /// <summary>Whether a zero-terminated name is <paramref name="wanted"/>.</summary>
    private static bool Equals(byte* text, ReadOnlySpan<byte> wanted)
    {
        foreach (byte b in wanted)
            if (*text++ != b) return false;
        return *text == 0;
    }

    private int FindTypes(uint length, ulong origin)
    {
        byte* types = _types;
        uint* offsets = _offsets;
        int count = 0;
        uint at = 0;
        while (at < length)
        {
            if (length - at < 12) throw Error((long)(origin + at), "The last type is not whole.");
            uint info = *(uint*)(types + at + 4);
            uint kind = (info >> 24) & 0x1f;
            int words = kind < 20 ? Words[(int)kind] : -1;
            if (words < 0) throw Error((long)(origin + at), $"Type kind {kind} is not known.");
            // One or three words in any case, or so many for each member.
            uint size = 12 + (words < 8 ? 4 * (uint)words : 4 * ((uint)words - 8) * (info & 0xffff));
            if (size > length - at) throw Error((long)(origin + at), "The last type is not whole.");
            offsets[count++] = at;
            at += size;
        }

        return count;
    }

    // Words behind a type's first three; those with 8 added are for each member. -1: no such kind.
    private static ReadOnlySpan<sbyte> Words => [-1, 1, 0, 3, 11, 11, 10, 0, 0, 0, 0, 0, 0, 10, 1, 11, 0, 1, 0, 11];
}
