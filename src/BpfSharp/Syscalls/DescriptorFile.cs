using System.Globalization;

namespace BpfSharp.Syscalls;

/// <summary>What the kernel writes of a descriptor in <c>/proc/self/fdinfo</c>: names, colons and values.</summary>
internal sealed class DescriptorFile
{
    private readonly string[] _lines;

    private DescriptorFile(string[] lines) => _lines = lines;

    /// <summary>Reads it.</summary>
    /// <exception cref="IOException"><c>/proc</c> cannot be read.</exception>
    public static DescriptorFile Read(BpfHandle handle)
    {
        DescriptorFile file = new(File.ReadAllLines($"/proc/self/fdinfo/{handle.Fd}"));
        GC.KeepAlive(handle);
        return file;
    }

    /// <summary>A number; null if it is not there.</summary>
    public long? Number(string name)
    {
        foreach (string line in _lines)
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.AsSpan(name.Length).StartsWith(":"))
                return long.Parse(line.AsSpan(name.Length + 1).Trim(), NumberStyles.None, CultureInfo.InvariantCulture);
        }

        return null;
    }
}
