using BpfSharp.EmitObjects;
using BpfSharp.Loading;
using BpfSharp.Loading.Core;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.KernelTests.KernelTypes;

/// <summary>
/// The objects of this assembly and of the samples, relocated against the types of an arm64 kernel (<c>Data/arm64.btf</c>, which <c>build/arm64-btf.sh</c> makes):
/// one build is for both architectures.
/// </summary>
public sealed class Arm64Tests
{
    private const string Hint = "; if the program is new, build/arm64-btf.sh adds what it asks for";
    private static readonly string s_types = Path.Combine(AppContext.BaseDirectory, "arm64.btf");

    // What only other kernels have (x64's registers, the form of task_struct before 5.14) or a module (cache_detail), and what no kernel has. Their branches are dead on this one.
    private static readonly string[] s_missing =
        ["struct cache_detail.", "struct pt_regs___x64", "struct task_struct___old", "struct task_struct.not_there", "struct no_such_struct", "enum bpf_map_type::BPF_MAP_TYPE_NOT_THERE"];

    [Fact]
    public void EveryMemberOfTheProgramsIsThere()
    {
        int resolved = 0, registers = 0, missing = 0;
        foreach ((string name, ObjectSpec spec) in Objects())
        {
            using RawBtf local = new(NativeBytes.Copy(BtfWriter.Write(spec.Btf!)), name);
            using CoreTarget target = CoreTarget.FromFile(s_types);
            CoreRelocator relocator = new(local, target);
            foreach (FunctionSpec function in spec.Functions)
            {
                foreach (CoreRelocationSpec relocation in function.CoreRelocations)
                {
                    CoreResult result = relocator.Resolve(relocation);
                    string asked = relocator.Asked;
                    if (s_missing.Any(asked.StartsWith))
                    {
                        Assert.True(result.IsMissing || result.New.Value == 0, $"{name}: {asked} is in arm64's types");
                        missing++;
                        continue;
                    }

                    Assert.False(result.IsMissing, $"{name}.{function.Name}: {relocation.Kind} of {asked} is missing in arm64's types{Hint}");
                    resolved++;
                    if (relocation.Kind != CoreRelocationKind.FieldByteOffset || !asked.StartsWith("struct user_pt_regs___arm64.regs[", StringComparison.Ordinal)) continue;
                    // struct user_pt_regs of asm/ptrace.h, which is ABI: x0 to x30 first, eight bytes each.
                    int register = int.Parse(asked.Split('[', ']')[1], System.Globalization.CultureInfo.InvariantCulture);
                    Assert.Equal((ulong)register * 8, result.New.Value);
                    registers++;
                }
            }
        }

        // Arguments and results of kprobes, uprobes and system calls; members of kernel structs by the dozen.
        Assert.InRange(registers, 8, int.MaxValue);
        Assert.InRange(missing, 8, int.MaxValue);
        Assert.InRange(resolved, 80, int.MaxValue);
    }

    [LibbpfFact]
    public void LibbpfGivesTheSameInstructions()
    {
        int compared = 0, equal = 0;
        using KernelSandbox sandbox = new();
        string folder = sandbox.TemporaryFolder;
        foreach (string assembly in Assemblies())
        {
            foreach ((string name, byte[] bytes) in EmbeddedObjects.Read(Samples.Sample.PathOf(assembly)))
            {
                ObjectSpec spec = ObjectReader.Read(bytes);
                // Both loaders make the maps first, in the kernel that is running.
                if (spec.Functions.All(static f => f.CoreRelocations.IsEmpty) || spec.Maps.Any(static m => !BpfFeatures.Has(m.Type))) continue;
                string path = Path.Combine(folder, name + ".bpf.o");
                File.WriteAllBytes(path, bytes);
                foreach (string program in BpfObjectFile.Open(path).Programs.Select(static p => p.Name))
                {
                    // And look for the kernel's functions there.
                    if (Linked(path, program) is not { } ours) continue;
                    Instruction[] libbpfs = LibbpfLoader.Relocated(path, s_types, program);
                    Assert.Equal(ours.Length, libbpfs.Length);
                    for (int i = 0; i < ours.Length; i++) Assert.True(Normal(ours, i) == Normal(libbpfs, i), $"{name}.{program}, instruction {i}: `{ours[i]}`, libbpf: `{libbpfs[i]}`");
                    compared++;
                    equal += ours.Length;
                }
            }
        }

        Assert.InRange(compared, 15, int.MaxValue);
        Assert.InRange(equal, 1000, int.MaxValue);
    }

    /// <summary>The instructions as they go to the kernel, which may well refuse them: they are for another one. Null if they call functions that the running kernel does not have.</summary>
    private static Instruction[]? Linked(string path, string program)
    {
        Instruction[]? linked = null;
        BpfOpenObject open = BpfObjectFile.Open(path);
        foreach (BpfProgramSettings other in open.Programs) other.AutoLoad = other.Name == program;
        try
        {
            open.Load(new BpfLoadOptions { KernelTypes = s_types, LinkedSink = (_, l) => linked = l.Instructions }).Dispose();
        }
        catch (BpfException) when (linked is not null)
        {
            // Relocated all the same.
        }
        catch (BpfException e) when (e.Message.Contains("has no kernel function", StringComparison.Ordinal))
        {
            return null;
        }

        return linked!;
    }

    /// <summary>An instruction without the descriptor of a map, which each loader has its own of.</summary>
    private static Instruction Normal(Instruction[] code, int index) =>
        code[index].IsLoadImmediate64 && code[index].Source is PseudoSource.MapDescriptor or PseudoSource.MapValue ? code[index] with { Immediate = 0 } : code[index];

    private static IEnumerable<string> Assemblies() =>
        ["BpfSharp.KernelTests", "CpuProfiler", "OpenSnoop", "ProcessTree", "RunQueueLatency", "SocketTracer"];

    private static IEnumerable<(string Name, ObjectSpec Spec)> Objects() => Assemblies()
        .SelectMany(static a => EmbeddedObjects.Read(Samples.Sample.PathOf(a)))
        .Select(static e => (e.Name, ObjectReader.Read(e.Bytes)))
        .Where(static e => e.Item2.Functions.Any(static f => !f.CoreRelocations.IsEmpty));
}
