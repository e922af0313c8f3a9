using System.Collections.Immutable;
using BpfSharp.Errors;
using BpfSharp.Loading.Core;
using BpfSharp.Objects;
using BpfSharp.Objects.Binary;
using BpfSharp.Objects.Btf;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>
/// The object's BTF in the kernel, with the strings of its source lines. Closed after the load: maps and programs hold it.
/// </summary>
internal sealed unsafe class LoadedBtf : IDisposable
{
    private readonly BpfHandle? _handle;
    private readonly StringTable _strings;
    private RawBtf? _raw;

    private LoadedBtf(BpfHandle? handle, StringTable strings, byte[] bytes, string failure) =>
        (_handle, _strings, Bytes, Failure) = (handle, strings, bytes, failure);

    /// <summary>Whether the kernel has it; without it maps and programs are loaded without types.</summary>
    public bool IsLoaded => _handle is not null;

    /// <summary>The descriptor, 0 if there is none.</summary>
    public int Fd => _handle?.Fd ?? 0;

    /// <summary>The object's types as BTF, before anything was replaced for the kernel's sake; empty if it has none.</summary>
    public byte[] Bytes { get; }

    /// <summary>Why the kernel refused it, "" if it did not.</summary>
    public string Failure { get; }

    /// <summary>Where a string stands in the BTF's string section.</summary>
    public uint String(string text) => (uint)_strings.Add(text);

    /// <summary>Loads an object's BTF; kinds that the kernel does not know are replaced, newest first, until it takes it.</summary>
    public static LoadedBtf Load(ObjectSpec spec)
    {
        if (spec.Btf is null) return new(null, new StringTable(), [], "");
        ImmutableArray<BtfType> types = BtfPreparation.Complete(spec);
        string failure = "";
        byte[]? original = null;
        for (int step = 0; step <= BtfPreparation.Replacements.Count; step++)
        {
            // The first time as they are.
            if (step > 0) types = [.. types.Select(BtfPreparation.Replacements[step - 1])];
            StringTable strings = LineStrings(spec, types.Length);
            byte[] bytes = BtfWriter.Write(types, strings);
            original ??= bytes;
            int fd = TryLoad(bytes, out string log);
            if (fd >= 0) return new(new BpfHandle(fd, "BTF"), strings, original, "");
            failure = $"the kernel refuses the object's BTF ({(Errno)(-fd)}): {LastLine(log)}";
            // Without the privilege no other form helps.
            if (fd is -(int)Errno.EPERM or -(int)Errno.ENOSYS) break;
        }

        return new(null, new StringTable(), original!, failure);
    }

    /// <summary>The object's types, read where they stand; null if it has none.</summary>
    public RawBtf? Raw => _raw ??= Bytes.Length == 0 ? null : new RawBtf(NativeBytes.Copy(Bytes), "the object");

    /// <inheritdoc/>
    public void Dispose()
    {
        _raw?.Dispose();
        _handle?.Dispose();
    }

    private static StringTable LineStrings(ObjectSpec spec, int types)
    {
        int count = types;
        foreach (FunctionSpec function in spec.Functions) count += function.Lines.Length;
        StringTable table = new(count);
        foreach (FunctionSpec function in spec.Functions)
        {
            string? file = null;
            foreach (LineSpec line in function.Lines)
            {
                if (!ReferenceEquals(file, line.File)) table.Add(file = line.File);
                table.Add(line.Text);
            }
        }

        return table;
    }

    private static int TryLoad(byte[] bytes, out string log)
    {
        log = "";
        fixed (byte* p = bytes)
        {
            BtfLoadAttributes attributes = new() { Btf = p, Size = (uint)bytes.Length };
            int fd = BpfSyscall.BtfLoad(attributes);
            if (fd >= 0) return fd;
            byte[] buffer = new byte[1 << 20];
            fixed (byte* b = buffer)
            {
                attributes.LogBuffer = b;
                (attributes.LogSize, attributes.LogLevel) = ((uint)buffer.Length, 1);
                int again = BpfSyscall.BtfLoad(attributes);
                log = VerifierLog.Text(buffer);
                return again;
            }
        }
    }

    private static string LastLine(string log)
    {
        string[] lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? "it gives no reason" : lines[^1];
    }
}
