using System.Buffers.Binary;
using System.Text;
using BpfSharp.Links;

namespace BpfSharp.Tests.Links;

/// <summary>Static probes: what the linker leaves in a file is made here byte by byte, as <c>sys/sdt.h</c> describes it.</summary>
public class UsdtTests
{
    private const int Sections = 0x400, NotesAt = 0x200, NamesAt = 0x300;

    [Fact]
    public void PlacesSemaphoresAndArgumentsAreRead()
    {
        byte[] file = Elf(actualBase: 0x1000, Note("app", "hit", "8@%rdi -4@-20(%rbp)", 0x1100, 0x1000, 0x3010), Note("app", "miss", "", 0x1200, 0x1000, 0), Note("app", "hit", "4@$7", 0x1300, 0x1000, 0));
        Assert.Equal(
            [new BpfUsdtPlace(0x100, 0x2010, "8@%rdi -4@-20(%rbp)"), new BpfUsdtPlace(0x300, 0, "4@$7")],
            UsdtNotes.Find("app", file, "app", "hit").Select(s => s.Place));
    }

    [Fact]
    public void ProgramThatWasMovedIsReadWhereItIs() =>
        // The notes were written for a base of 0x1000, and the program lies 0x80 further.
        Assert.Equal(0x180ul, UsdtNotes.Find("app", Elf(actualBase: 0x1080, Note("app", "hit", "", 0x1100, 0x1000, 0)), "app", "hit")[0].Place.Offset);

    [Fact]
    public void MissingProbeNamesThoseThereAre()
    {
        byte[] file = Elf(0x1000, Note("app", "hit", "", 0x1100, 0x1000, 0));
        Assert.Contains("app:hit", Assert.Throws<BpfException>(() => UsdtNotes.Find("app", file, "app", "hot")).Message, StringComparison.Ordinal);
        Assert.Contains("none at all", Assert.Throws<BpfException>(() => UsdtNotes.Find("app", Elf(0x1000), "app", "hot")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DamagedFilesAreErrors()
    {
        byte[] file = Elf(0x1000, Note("app", "hit", "", 0x1100, 0x1000, 0));
        Assert.Throws<BpfException>(() => UsdtNotes.Find("app", new byte[100], "app", "hit"));
        for (int length = 64; length < file.Length; length += 7)
            Assert.Throws<BpfException>(() => UsdtNotes.Find("app", file[..length], "app", "hit"));
    }

    [Theory]
    [InlineData("/usr/bin/app:provider:name", true)]
    [InlineData("/usr/bin/app:name", false)]
    [InlineData("::", false)]
    public void TargetIsPathProviderAndName(string target, bool valid)
    {
        if (valid) Assert.Equal(new BpfUsdt("/usr/bin/app", "provider", "name"), BpfUsdt.Parse(target));
        else Assert.Throws<BpfException>(() => BpfUsdt.Parse(target));
    }

    private static byte[] Note(string provider, string name, string arguments, ulong address, ulong origin, ulong semaphore)
    {
        byte[] texts = Encoding.ASCII.GetBytes($"{provider}\0{name}\0{arguments}\0");
        byte[] note = new byte[12 + 8 + 24 + ((texts.Length + 3) & ~3)];
        BinaryPrimitives.WriteInt32LittleEndian(note, 8);
        BinaryPrimitives.WriteInt32LittleEndian(note.AsSpan(4), 24 + texts.Length);
        BinaryPrimitives.WriteInt32LittleEndian(note.AsSpan(8), 3);
        "stapsdt\0"u8.CopyTo(note.AsSpan(12));
        foreach ((int at, ulong value) in new[] { (20, address), (28, origin), (36, semaphore) }) BinaryPrimitives.WriteUInt64LittleEndian(note.AsSpan(at), value);
        texts.CopyTo(note, 44);
        return note;
    }

    /// <summary>A file with two segments (code at 0x1000 from 0, data at 0x3000 from 0x2000), the notes, the base and the sections' names.</summary>
    private static byte[] Elf(ulong actualBase, params byte[][] notes)
    {
        const string Names = "\0.note.stapsdt\0.stapsdt.base\0.shstrtab\0";
        byte[] file = new byte[Sections + (4 * 64)], all = [.. notes.SelectMany(n => n)];
        "\u007fELF\u0002"u8.CopyTo(file);
        U64(32, 64);
        U64(40, Sections);
        U16(54, 56);
        U16(56, 2);
        U16(58, 64);
        U16(60, 4);
        U16(62, 3);
        Segment(0, 0, 0x1000, 0x1000);
        Segment(1, 0x2000, 0x3000, 0x100);
        all.CopyTo(file, NotesAt);
        Encoding.ASCII.GetBytes(Names).CopyTo(file, NamesAt);
        Section(1, 1, 7, 0, NotesAt, all.Length);
        Section(2, 15, 1, actualBase, 0, 0);
        Section(3, 29, 3, 0, NamesAt, Names.Length);
        return file;

        void Segment(int index, int offset, int address, int size)
        {
            int at = 64 + (index * 56);
            U16(at, 1);
            U64(at + 8, (ulong)offset);
            U64(at + 16, (ulong)address);
            U64(at + 40, (ulong)size);
        }

        void Section(int index, int name, int type, ulong address, int offset, int size)
        {
            int at = Sections + (index * 64);
            U16(at, (ushort)name);
            U16(at + 4, (ushort)type);
            U64(at + 16, address);
            U64(at + 24, (ulong)offset);
            U64(at + 32, (ulong)size);
        }

        void U16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);
        void U64(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
    }
}
