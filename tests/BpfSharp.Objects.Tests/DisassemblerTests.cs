using System.Text.RegularExpressions;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Objects.Tests;

public partial class DisassemblerTests
{
    /// <summary>Every opcode with many operands, as llvm-objdump shows it.</summary>
    [ToolFact("llvm-mc-19", "llvm-objdump-19")]
    public void EveryInstructionIsAsLlvmShowsIt()
    {
        using var folder = new TemporaryFolder();
        Instruction[] instructions = [.. AllInstructions()];
        File.WriteAllLines(
            folder.File("all.s"),
            [".text", .. InstructionCodec.Encode(instructions).Chunk(8).Select(b => ".byte " + string.Join(',', b))]);
        Tools.Run("llvm-mc-19", "-triple=bpfel", "-filetype=obj", folder.File("all.s"), "-o", folder.File("all.o"));
        string text = Tools.Run("llvm-objdump-19", "--mcpu=v4", "--no-show-raw-insn", "-d", folder.File("all.o"));

        int compared = 0;
        foreach (Match match in Line().Matches(text))
        {
            int index = int.Parse(match.Groups[1].Value);
            string expected = match.Groups[2].Value;
            // A second half that LLVM takes for an instruction of its own has no meaning.
            if (expected.Contains("<unknown>"))
                continue;
            Instruction next = index + 1 < instructions.Length ? instructions[index + 1] : default;
            Assert.Equal(WholeRegisters(expected), WholeRegisters(Disassembler.Format(instructions[index], next)));
            compared++;
        }
        Assert.True(compared > 2000, $"only {compared} lines were compared");
    }

    [ToolTheory("clang-19", "llvm-objdump-19")]
    [InlineData("v2")]
    [InlineData("v3")]
    [InlineData("v4")]
    public void CompiledCodeIsAsLlvmShowsIt(string version)
    {
        using var folder = new TemporaryFolder();
        string file = ClangObjects.Compile(folder, ClangObjects.Everything, $"-mcpu={version}");
        // The reader resolves relocations, so only functions' other instructions are the same.
        string text = Tools.Run("llvm-objdump-19", $"--mcpu={version}", "--no-show-raw-insn", "-d", file);
        FunctionSpec count = ObjectReader.Read(File.ReadAllBytes(file)).Functions.Single(f => f.Name == "count");
        HashSet<int> relocated = [.. count.Relocations.Select(r => r.Index)];
        string body = text[text.IndexOf("<count>:", StringComparison.Ordinal)..];
        body = body[..body.IndexOf("<second>:", StringComparison.Ordinal)];
        var lines = Line().Matches(body).Where(m => !relocated.Contains(int.Parse(m.Groups[1].Value))).ToList();
        Assert.NotEmpty(lines);
        Assert.All(lines, m => Assert.Equal(WholeRegisters(m.Groups[2].Value), WholeRegisters(count.Instructions[int.Parse(m.Groups[1].Value)].ToString())));
    }

    [Theory]
    // What llvm-objdump-19 does not know yet, in the verifier's style.
    [InlineData(0xdb, 0x21, 0, AtomicOperation.LoadAcquire, "r1 = load_acquire((u64 *)(r2 + 0x0))")]
    [InlineData(0xdb, 0x21, 8, AtomicOperation.StoreRelease, "store_release((u64 *)(r1 + 0x8), r2)")]
    [InlineData(0x61, 0x21, 8, 0, "r1 = *(u32 *)(r2 + 0x8)")]
    [InlineData(0x63, 0x1a, -8, 0, "*(u32 *)(r10 - 0x8) = r1")]
    [InlineData(0x00, 0x00, 0, 0, "<unknown>")]
    public void SomeInstructions(int code, int registers, short offset, int immediate, string expected) =>
        Assert.Equal(expected, new Instruction((byte)code, (byte)registers, offset, immediate).ToString());

    [Fact]
    public void ListingsCountBothHalves()
    {
        Instruction[] code =
        [
            Instruction.Create(Opcode.LoadImmediate64, 1, 0, 0, -1),
            Instruction.Create(0, 0, 0, 0, 0x12),
            Instruction.Create(Opcode.Exit, 0, 0, 0, 0),
        ];
        Assert.Equal("       0: r1 = 0x12ffffffff ll\n       2: exit\n", Disassembler.Format(code));
        Assert.Equal(code, InstructionCodec.Decode(InstructionCodec.Encode(code)));
        Assert.Throws<ArgumentException>(() => InstructionCodec.Decode(new byte[9]));
    }

    private static IEnumerable<Instruction> AllInstructions()
    {
        int[] immediates = [0, 1, -5, 16, 32, 64, 0xe1, 0xf1, 0x41, 0x51, 0xa1, 0x50, 0xa0, int.MinValue, int.MaxValue];
        int[] atomics = [0, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1];
        for (int code = 0; code < 256; code++)
        {
            bool isMove = (code & 7) is OpcodeClass.Alu32 or OpcodeClass.Alu64;
            foreach (int offset in (int[])(isMove ? [0, 1, 8, 16, 32] : [0, 5, -3]))
            {
                foreach (int immediate in immediates)
                {
                    // LLVM shows an atomic operation that does not exist as an addition.
                    if ((code & 0xe7) == (OpcodeClass.StoreIndirect | MemoryMode.Atomic) && !atomics.Contains(immediate))
                        continue;
                    yield return Instruction.Create(code, 1, code == Opcode.LoadImmediate64 ? 0 : 2, offset, immediate);
                    if (code == Opcode.LoadImmediate64)
                        yield return Instruction.Create(0, 0, 0, 0, immediate ^ 7);
                }
            }
        }
    }

    /// <summary>LLVM names the lower half of a register in 32-bit loads and stores of v3 on; we follow the verifier.</summary>
    private static string WholeRegisters(string text) =>
        Store().Replace(Load().Replace(text, "r$1 = *"), "$1 = r$2");

    [GeneratedRegex(@"^ *(\d+):\t(.+?)(?: <[^ ]*>)?$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"^w(\d+) = \*")]
    private static partial Regex Load();

    [GeneratedRegex(@"^(\*\(u\d+ \*\)\(.*\)) = w(\d+)$")]
    private static partial Regex Store();
}
