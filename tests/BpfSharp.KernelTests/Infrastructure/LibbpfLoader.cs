using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Objects.Instructions;
using Xunit.Sdk;

namespace BpfSharp.KernelTests;

/// <summary>libbpf, as a second source for what a loader makes of an object.</summary>
internal static unsafe partial class LibbpfLoader
{
    private const string Library = "libbpf.so.1";

    public static bool IsInstalled { get; } = NativeLibrary.TryLoad(Library, out _);

    /// <summary>A program's instructions after libbpf relocated them against the types in a file, whether the kernel then took them or not.</summary>
    public static Instruction[] Relocated(string path, string types, string program)
    {
        _ = SetPrint(0);
        fixed (byte* custom = Encoding.UTF8.GetBytes(types + '\0'))
        {
            OpenOptions options = new() { Size = (nuint)sizeof(OpenOptions), CustomTypes = custom };
            nint opened = Open(path, &options);
            Assert.NotEqual(0, opened);
            try
            {
                nint wanted = 0;
                for (nint at = Next(opened, 0); at != 0; at = Next(opened, at))
                {
                    bool isWanted = Marshal.PtrToStringUTF8(Name(at)) == program;
                    Assert.Equal(0, SetAutoLoad(at, isWanted));
                    if (isWanted) wanted = at;
                }

                Assert.NotEqual(0, wanted);
                _ = Load(opened);
                return new ReadOnlySpan<Instruction>(Instructions(wanted), (int)Count(wanted)).ToArray();
            }
            finally
            {
                Close(opened);
            }
        }
    }

    [LibraryImport(Library, EntryPoint = "libbpf_set_print")]
    private static partial nint SetPrint(nint print);

    [LibraryImport(Library, EntryPoint = "bpf_object__open_file", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, OpenOptions* options);

    [LibraryImport(Library, EntryPoint = "bpf_object__load")]
    private static partial int Load(nint opened);

    [LibraryImport(Library, EntryPoint = "bpf_object__close")]
    private static partial void Close(nint opened);

    [LibraryImport(Library, EntryPoint = "bpf_object__next_program")]
    private static partial nint Next(nint opened, nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__name")]
    private static partial nint Name(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__set_autoload")]
    private static partial int SetAutoLoad(nint program, [MarshalAs(UnmanagedType.U1)] bool isLoaded);

    [LibraryImport(Library, EntryPoint = "bpf_program__insns")]
    private static partial void* Instructions(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__insn_cnt")]
    private static partial nuint Count(nint program);

    /// <summary><c>struct bpf_object_open_opts</c>, as far as it is set.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OpenOptions
    {
        public nuint Size;
        public byte* ObjectName;
        public byte RelaxedMaps;
        public byte* PinRoot;
        public uint Reserved;
        public byte* Configuration;
        public byte* CustomTypes;
    }
}

/// <summary>A kernel fact that compares with libbpf, skipped where that is not installed (the virtual machines of the matrix).</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Xunit.Sdk.FactDiscoverer", "xunit.execution.{Platform}")]
public sealed class LibbpfFactAttribute : FactAttribute, IKernelTestAttribute
{
    /// <inheritdoc/>
    public Requirement Requirement => new(null, KernelNeeds.None, null);

    /// <inheritdoc/>
    public override string? Skip
    {
        get => base.Skip ?? Requirement.SkipReason ?? (LibbpfLoader.IsInstalled ? null : "libbpf.so.1 is not installed");
        set => base.Skip = value;
    }
}
