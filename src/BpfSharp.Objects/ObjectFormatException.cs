namespace BpfSharp.Objects;

/// <summary>An object file or BTF blob is truncated, corrupted, or of a form that is not supported.</summary>
public sealed class ObjectFormatException : FormatException
{
    /// <summary>Makes an exception that names no place.</summary>
    public ObjectFormatException() : this("", 0, "The object is malformed.")
    {
    }

    /// <summary>Makes an exception that names no place.</summary>
    /// <param name="message">What is wrong.</param>
    public ObjectFormatException(string message) : this("", 0, message)
    {
    }

    /// <summary>Makes an exception that names no place.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public ObjectFormatException(string message, Exception innerException) : base(message, innerException) => Section = "";

    /// <summary>Makes an exception for a place in an object.</summary>
    /// <param name="section">The section's name, or what stands for it (<c>ELF header</c>).</param>
    /// <param name="offset">Bytes from the section's start.</param>
    /// <param name="problem">What is wrong there, as a sentence.</param>
    public ObjectFormatException(string section, long offset, string problem)
        : base(section.Length == 0 ? problem : $"{section}+0x{offset:x}: {problem}")
    {
        Section = section;
        Offset = offset;
    }

    private ObjectFormatException(string file, ObjectFormatException about) : base($"{file}: {about.Message}", about)
    {
        Section = about.Section;
        Offset = about.Offset;
    }

    /// <summary>The section's name, "" if none is known.</summary>
    public string Section { get; }

    /// <summary>Bytes from the section's start.</summary>
    public long Offset { get; }

    /// <summary>The same about an object that is in a file.</summary>
    /// <param name="file">The file's path, which the message begins with.</param>
    public ObjectFormatException In(string file) => new(file, this);
}
