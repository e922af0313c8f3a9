using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>
/// The running kernel's BTF, <c>/sys/kernel/btf/vmlinux</c>, read when something is first looked up in it and dropped after the
/// load. Types are found by walking the records; no type or string becomes an object.
/// </summary>
internal sealed unsafe class KernelBtf : IDisposable
{
    /// <summary>Where the kernel shows it.</summary>
    public const string Path = "/sys/kernel/btf/vmlinux";

    private byte[]? _data;
    private int _types;
    private int _typesEnd;
    private int _strings;

    /// <summary>The id of the type of a kind with a name, 0 if there is none.</summary>
    /// <param name="kind">The kernel's <c>BTF_KIND_*</c>.</param>
    /// <param name="name">The name.</param>
    /// <exception cref="BpfException">The kernel shows no BTF.</exception>
    public int Find(int kind, string name)
    {
        _data ??= Open();
        byte[] wanted = System.Text.Encoding.UTF8.GetBytes(name + '\0');
        fixed (byte* data = _data)
        {
            byte* at = data + _types, end = data + _typesEnd;
            for (int id = 1; at < end; id++)
            {
                uint info = *(uint*)(at + 4);
                int found = (int)((info >> 24) & 0x1f), count = (int)(info & 0xffff);
                if (found == kind && new ReadOnlySpan<byte>(_data).Slice(_strings + *(int*)at).StartsWith(wanted)) return id;
                at += 12 + Extra(found, count);
            }
        }

        return 0;
    }

    /// <summary>The names of all types of a kind, for suggestions.</summary>
    public IReadOnlyList<string> Names(int kind)
    {
        _data ??= Open();
        List<string> names = [];
        for (int at = _types; at < _typesEnd;)
        {
            uint info = BitConverter.ToUInt32(_data, at + 4);
            int found = (int)((info >> 24) & 0x1f);
            if (found == kind)
            {
                ReadOnlySpan<byte> text = _data.AsSpan(_strings + BitConverter.ToInt32(_data, at));
                names.Add(System.Text.Encoding.UTF8.GetString(text[..text.IndexOf((byte)0)]));
            }

            at += 12 + Extra(found, (int)(info & 0xffff));
        }

        return names;
    }

    /// <inheritdoc/>
    public void Dispose() => _data = null;

    /// <summary>Bytes behind a type's first twelve.</summary>
    private static int Extra(int kind, int count) => kind switch
    {
        1 or 14 or 17 => 4,
        3 => 12,
        4 or 5 or 15 or 19 => 12 * count,
        6 or 13 => 8 * count,
        _ => 0,
    };

    private byte[] Open()
    {
        byte[] data;
        try
        {
            data = File.ReadAllBytes(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException($"this kernel does not describe its types: {Path} cannot be read; it needs CONFIG_DEBUG_INFO_BTF and /sys mounted",
                (int)Errno.ENOENT, nameof(Errno.ENOENT));
        }

        if (data.Length < 24 || BitConverter.ToUInt16(data, 0) != 0xeb9f) throw new BpfException($"{Path} holds no BTF");
        int header = BitConverter.ToInt32(data, 4);
        _types = header + BitConverter.ToInt32(data, 8);
        _typesEnd = _types + BitConverter.ToInt32(data, 12);
        _strings = header + BitConverter.ToInt32(data, 16);
        if (_types < 24 || _typesEnd > data.Length || _strings > data.Length) throw new BpfException($"{Path} is damaged");
        return data;
    }
}
