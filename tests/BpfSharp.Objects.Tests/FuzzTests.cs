using BpfSharp.Objects.Btf;

namespace BpfSharp.Objects.Tests;

/// <summary>Corrupted input gives an <see cref="ObjectFormatException"/> or a specification, and nothing else.</summary>
public class FuzzTests
{
    private const long MaximumBytesPerRead = 32L << 20;

    // What the reader grants a .bss, which takes no room in the file.
    private const long MaximumZeroBytes = 256L << 20;

    // build/fuzz.sh sets it: how many inputs in all, instead of the few that every test run tries.
    private static readonly int? s_inputs = int.TryParse(Environment.GetEnvironmentVariable("BPFSHARP_FUZZ_INPUTS"), out int inputs) ? inputs : null;

    [Fact]
    public void MutatedObjects() => Mutate(ObjectWriter.Write(Specs.Everything()), Rounds(30_000), 1, ReadObject);

    [ToolFact("clang-19")]
    public void MutatedClangObjects()
    {
        using var folder = new TemporaryFolder();
        Mutate(File.ReadAllBytes(ClangObjects.Compile(folder, ClangObjects.Everything)), Rounds(10_000), 2, ReadObject);
    }

    [Fact]
    public void MutatedTypes()
    {
        byte[] btf = BtfWriter.Write(Specs.Everything().Btf!);
        Mutate(btf, Rounds(30_000), 3, static b =>
        {
            BtfReader.Read(b);
            return 0;
        });
    }

    [Fact]
    public void TruncatedObjects()
    {
        byte[] whole = ObjectWriter.Write(Specs.Everything());
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] part = whole[..length];
            NamesThePlace(Assert.Throws<ObjectFormatException>(() => ObjectReader.Read(part)), whole.Length);
        }
    }

    [Fact]
    public void AHugeBssIsRefused()
    {
        byte[] bytes = ObjectWriter.Write(new ObjectSpec { DataSections = [new DataSectionSpec { Name = ".bss", Content = [0, 0, 0, 0, 0] }] });
        // The size field of the only section with 5 bytes.
        int at = FindSize(bytes, 5);
        BitConverter.TryWriteBytes(bytes.AsSpan(at), 1L << 40);
        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => ObjectReader.Read(bytes));
        Assert.Equal(".bss", error.Section);
    }

    [ToolFact("clang-19")]
    public void MutatedRecords()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(ClangObjects.Compile(folder, ClangObjects.Everything));
        (int start, int length) = Section(whole, ".BTF.ext");
        // Only what the records hold, so that everything around them is read as it should be.
        Mutate(whole, Rounds(10_000), 4, ReadObject, start, length);
    }

    /// <summary>The section, and the offset in it, which is inside of what was given.</summary>
    private static void NamesThePlace(ObjectFormatException error, long length)
    {
        Assert.NotEqual("", error.Section);
        Assert.True(error.Offset >= 0 && error.Offset <= length, error.Message);
        Assert.StartsWith($"{error.Section}+0x{error.Offset:x}: ", error.Message, StringComparison.Ordinal);
        // And a sentence that says what is wrong there.
        Assert.Matches(@": \S.*\S", error.Message);
    }

    /// <summary>How many inputs a test tries: a quarter of what is asked for, or what fits into every test run.</summary>
    private static int Rounds(int usual) => s_inputs is { } all ? all / 4 : usual;

    private static (int Start, int Length) Section(byte[] elf, string name)
    {
        ReadOnlySpan<byte> content = ElfSections.Find(elf, name);
        return (elf.AsSpan().IndexOf(content), content.Length);
    }

    /// <summary>Reads an object.</summary>
    /// <returns>How large its zero-initialised data is.</returns>
    private static long ReadObject(byte[] bytes) =>
        ObjectReader.Read(bytes).DataSections.Where(d => d.IsZeroInitialised).Sum(d => (long)d.Content.Length);

    private static int FindSize(byte[] bytes, long size)
    {
        int headers = (int)BitConverter.ToInt64(bytes, 40);
        for (int at = headers; at < bytes.Length; at += 64)
        {
            if (BitConverter.ToInt64(bytes, at + 32) == size)
                return at + 32;
        }
        throw new InvalidOperationException("no such section");
    }

    private static void Mutate(byte[] original, int rounds, int seed, Func<byte[], long> read, int start = 0, int length = -1)
    {
        var random = new Random(seed);
        int accepted = 0, refused = 0;
        for (int round = 0; round < rounds; round++)
        {
            byte[] bytes = length < 0 ? Mutated(original, random) : MutatedPart(original, start, length, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            long zeroBytes = MaximumZeroBytes;
            try
            {
                zeroBytes = read(bytes);
                accepted++;
            }
            catch (ObjectFormatException e)
            {
                NamesThePlace(e, long.MaxValue);
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, round {round}: {e}");
            }
            long used = GC.GetAllocatedBytesForCurrentThread() - before - zeroBytes;
            Assert.True(used < MaximumBytesPerRead, $"seed {seed}, round {round}: {used} bytes were allocated");
        }
        // Both outcomes must have been seen, or the mutations test nothing.
        Assert.True(accepted > 0 && refused > rounds / 20, $"{accepted} accepted, {refused} refused");
    }

    private static byte[] MutatedPart(byte[] original, int start, int length, Random random)
    {
        var bytes = (byte[])original.Clone();
        byte[] part = Mutated(bytes[start..(start + length)], random);
        part.CopyTo(bytes, start);
        return bytes;
    }

    private static byte[] Mutated(byte[] original, Random random)
    {
        var bytes = (byte[])original.Clone();
        for (int i = random.Next(1, 8); i > 0; i--)
        {
            // Headers and tables stand at the ends of a file, and most of its structure with them.
            int at = random.Next(3) switch
            {
                0 => random.Next(Math.Min(64, bytes.Length)),
                1 => bytes.Length - 1 - random.Next(Math.Min(1024, bytes.Length)),
                _ => random.Next(bytes.Length),
            };
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes[at] = (byte)(bytes[at] + random.Next(-2, 3));
                    break;
                case 3:
                    byte[] extreme = BitConverter.GetBytes(random.Next(3) switch { 0 => -1, 1 => int.MaxValue, _ => 0 });
                    at = Math.Min(at & ~3, bytes.Length - 4);
                    extreme.CopyTo(bytes, at);
                    break;
                default:
                    int length = Math.Min(random.Next(32), bytes.Length - at);
                    bytes.AsSpan(random.Next(bytes.Length - length), length).CopyTo(bytes.AsSpan(at, length));
                    break;
            }
        }
        return random.Next(20) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }
}
