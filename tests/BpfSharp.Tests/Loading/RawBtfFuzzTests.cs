using BpfSharp.Loading.Core;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Tests.Loading;

/// <summary>
/// Corrupted types, of a kernel or of an object, read where they stand: each gives an <see cref="ObjectFormatException"/>, a <see cref="CoreException"/> or an answer. A
/// read beyond the bytes would end the process.
/// </summary>
public sealed class RawBtfFuzzTests
{
    private static readonly CoreRelocationKind[] s_kinds = Enum.GetValues<CoreRelocationKind>();
    private static readonly string[] s_paths = ["0", "0:0", "0:1", "1:2:0", "0:3:1", "0:4", "0:0:0:0", "4294967295", "0:99999", ":", "", "0:-1"];

    // build/fuzz.sh sets it: how many inputs in all, of which these tests take a fifth.
    private static int Rounds => int.TryParse(Environment.GetEnvironmentVariable("BPFSHARP_FUZZ_INPUTS"), out int all) ? all / 10 : 4_000;

    [Fact]
    public void MutatedTypesOfAKernel() => Run(5, (good, mutated) => Relocate(good, mutated));

    [Fact]
    public void MutatedTypesOfAnObject() => Run(6, (good, mutated) => Relocate(mutated, good));

    [Fact]
    public void TruncatedTypesNameSectionAndOffset()
    {
        byte[] whole = BtfWriter.Write(Types());
        for (int length = 0; length < whole.Length; length++)
        {
            ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => new RawBtf(NativeBytes.Copy(whole.AsSpan(0, length)), "a kernel").Dispose());
            Assert.EndsWith(".BTF", error.Section, StringComparison.Ordinal);
            Assert.InRange(error.Offset, 0, whole.Length);
            Assert.Contains(error.Section, error.Message, StringComparison.Ordinal);
            Assert.Contains($"0x{error.Offset:x}", error.Message, StringComparison.Ordinal);
        }
    }

    private static void Run(int seed, Action<byte[], byte[]> use)
    {
        byte[] good = BtfWriter.Write(Types());
        Random random = new(seed);
        int refused = 0, unresolved = 0, used = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] mutated = Mutate(good, random);
            try
            {
                use(good, mutated);
                used++;
            }
            catch (ObjectFormatException e)
            {
                Assert.EndsWith(".BTF", e.Section, StringComparison.Ordinal);
                refused++;
            }
            catch (CoreException)
            {
                unresolved++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, round {round}: {e}");
            }
        }

        // Neither all refused at the door nor all harmless.
        Assert.True(refused > Rounds / 20 && unresolved + used > Rounds / 20, $"{refused} refused, {unresolved} unresolved, {used} used");
    }

    /// <summary>Looks all names up, and asks all questions of all types.</summary>
    private static void Relocate(byte[] objects, byte[] kernels)
    {
        using RawBtf local = new(NativeBytes.Copy(objects), "an object");
        using RawBtf kernel = new(NativeBytes.Copy(kernels), "a kernel");
        CoreRelocator relocator = new(local, new One(kernel));
        Instruction[] code = new Instruction[1];
        CoreException? failure = null;
        _ = kernel.Find(RawType.Struct, "sample"u8);
        for (int id = local.FirstId; id < local.EndId; id++)
        {
            for (int i = 0; i < s_paths.Length; i++)
            {
                try
                {
                    CoreResult result = relocator.Resolve(new(0, id, s_paths[i], s_kinds[(id + i) % s_kinds.Length]));
                    code[0] = Instruction.Create(OpcodeClass.LoadIndirect | MemorySize.DoubleWord | MemoryMode.Memory, 1, 1, 0, 0);
                    _ = CorePatch.Apply(code, 0, result);
                }
                catch (CoreException e)
                {
                    failure = e;
                }
            }
        }

        if (failure is not null) throw failure;
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        byte[] result = random.Next(8) == 0 ? good[..random.Next(good.Length)] : (byte[])good.Clone();
        for (int i = random.Next(1, 6); i > 0 && result.Length >= 4; i--)
        {
            int at = random.Next(result.Length);
            switch (random.Next(4))
            {
                case 0: result[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: result[at] = (byte)random.Next(256); break;
                case 2: BitConverter.TryWriteBytes(result.AsSpan(at & ~3), random.Next(64)); break;
                default: BitConverter.TryWriteBytes(result.AsSpan(at & ~3), random.Next(2) == 0 ? uint.MaxValue : 1u << random.Next(32)); break;
            }
        }

        return result;
    }

    /// <summary>All kinds, and types that contain each other.</summary>
    private static BtfTypes Types() => new(
    [
        new BtfInt("int", 4, BtfIntEncoding.Signed, 32),
        new BtfInt("long", 8, BtfIntEncoding.Signed, 64),
        new BtfPointer(4),
        new BtfStruct("sample", false, 48, [new("a", 1, 0), new("next", 3, 64), new("", 5, 128), new("items", 6, 192), new("flag", 1, 320, 3), new("kind", 7, 352)]),
        new BtfStruct("", true, 8, [new("b", 2, 0), new("c", 8, 0)]),
        new BtfArray(1, 1, 4),
        new BtfEnum("kind", 4, false, false, [new("FIRST", 0), new("SECOND", 7)]),
        new BtfTypedef("alias", 9),
        new BtfQualified(BtfQualifier.Const, 10),
        new BtfTypeTag("user", 3),
        new BtfEnum("wide", 8, true, true, [new("NEGATIVE", -1), new("LARGE", 1L << 40)]),
        new BtfForward("elsewhere", false),
        new BtfPrototype(1, [new("first", 3), new("second", 2)]),
        new BtfFunction("function", 13, BtfLinkage.Static),
        new BtfVariable("variable", 4, BtfLinkage.Global),
        new BtfDataSection(".data", 48, [new(15, 0, 48)]),
        new BtfFloat("double", 8),
        new BtfDeclarationTag("tag", 4, 0),
        new BtfStruct("sample___old", false, 16, [new("a", 2, 0), new("other", 1, 64)]),
    ]);

    private sealed class One(RawBtf btf) : ICoreTarget
    {
        public string Description => "a kernel";

        public IEnumerable<RawBtf> InOrder() => [btf];
    }
}
