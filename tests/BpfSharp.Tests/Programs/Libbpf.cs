using System.Runtime.InteropServices;

namespace BpfSharp.Tests.Programs;

/// <summary>libbpf, as a second source for its section names.</summary>
internal static unsafe partial class Libbpf
{
    private const string Library = "libbpf.so.1";

    public static bool IsInstalled => NativeLibrary.TryLoad(Library, out _);

    public static int Find(string section, int* type, int* attachType) => ProgramTypeByName(section, type, attachType);

    [LibraryImport(Library, EntryPoint = "libbpf_prog_type_by_name", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ProgramTypeByName(string name, int* type, int* attachType);
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class LibbpfFactAttribute : FactAttribute
{
    public LibbpfFactAttribute()
    {
        if (!Libbpf.IsInstalled) Skip = "libbpf.so.1 is not installed";
    }
}
