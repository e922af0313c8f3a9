using System.Runtime.InteropServices;
using System.Text;

namespace BpfSharp.Benchmarks.Code;

/// <summary>What each side tells of the files that one thread opens: there, missing, made, with a path that is too long, with none at all.</summary>
internal static partial class OpenedFiles
{
    private const int CurrentFolder = -100, ReadOnly = 0, WriteOnly = 1, Create = 0x40;

    // Both have the same fields; the peers' record has four bytes of padding before the name.
    private const int FixedSize = 28, NameSize = 16;

    public static string[] Observe(IReadOnlyList<Candidate> sides)
    {
        string folder = Directory.CreateTempSubdirectory("bpfsharp-opened-").FullName;
        List<BpfRingBuffer> rings = [.. sides.Select(static s => new BpfRingBuffer(s.Map("Events")))];
        List<BpfLink> links = [.. sides.SelectMany(static s => s.Programs).Select(static p => p.Attach())];
        try
        {
            // Those attached first saw the files that attaching the others opened.
            foreach (BpfRingBuffer ring in rings) ring.Consume(static _ => { });
            OpenAll(folder);
            int thread = GetThreadId();
            return [.. rings.Zip(sides, (ring, side) => Text(ring, thread, isOurs: side == sides[0]))];
        }
        finally
        {
            foreach (BpfLink link in links) link.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void OpenAll(string folder)
    {
        Open(folder, ReadOnly);
        Open(folder + "/missing", ReadOnly);
        Open(folder + "/made", WriteOnly | Create);
        Open(folder + "/made", ReadOnly);
        Open(folder + string.Concat(Enumerable.Repeat("/.", 150)), ReadOnly);
        Open(folder + "/" + new string('x', 300), ReadOnly);
        Open("", ReadOnly);
        // No address at all: the kernel cannot read the path either.
        _ = Close(OpenAt(CurrentFolder, 0, ReadOnly, 0));
        _ = Close(OpenAt(CurrentFolder, 0x10, ReadOnly, 0));
    }

    private static void Open(string path, int flags)
    {
        nint text = Marshal.StringToCoTaskMemUTF8(path);
        _ = Close(OpenAt(CurrentFolder, text, flags, 0x180));
        Marshal.FreeCoTaskMem(text);
    }

    private static string Text(BpfRingBuffer ring, int thread, bool isOurs)
    {
        StringBuilder text = new();
        ring.Consume(record =>
        {
            ReadOnlySpan<uint> numbers = MemoryMarshal.Cast<byte, uint>(record[8..FixedSize]);
            if (numbers[1] != (uint)thread) return;
            ReadOnlySpan<byte> names = record[(isOurs ? FixedSize : FixedSize + 4)..];
            text.AppendLine($"{string.Join(" ", numbers.ToArray())} {Name(names[..NameSize])} {Name(names[NameSize..])}");
        });
        return text.ToString();
    }

    private static string Name(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]);

    [LibraryImport("libc", EntryPoint = "openat")]
    private static partial int OpenAt(int folder, nint path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "gettid")]
    internal static partial int GetThreadId();
}
