using System.Globalization;
using System.Reflection;
using BpfSharp.Analyzers.Frontend;
using BpfSharp.Compiler;
using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Passes;
using BpfSharp.Compiler.Tests.Interpreter;
using Module = BpfSharp.Compiler.IR.Module;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>
/// Random programs: .NET, the interpreter before and after the passes, and the kernel give the same results. A long run:
/// <c>BPFSHARP_RANDOM_SEED=1000 BPFSHARP_RANDOM_COUNT=500 dotnet test --filter RandomProgramTests</c>.
/// </summary>
public class RandomProgramTests
{
    private const int MethodsPerSeed = 8;
    private static readonly (int A, long B, byte C)[] Inputs =
        [(0, 0, 0), (1, -1, 255), (-1, 1, 7), (int.MaxValue, long.MinValue, 128), (int.MinValue, long.MaxValue, 1), (100, 5_000_000_000, 31), (-12345, 77, 200), (7, -9, 3)];

    public static TheoryData<int> Seeds()
    {
        int first = Number("BPFSHARP_RANDOM_SEED", 1), count = Number("BPFSHARP_RANDOM_COUNT", 12);
        return [.. Enumerable.Range(first, count)];
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Agree(int seed)
    {
        string members = new RandomProgram(seed).Write(MethodsPerSeed);
        IEnumerable<string> programs = Enumerable.Range(0, MethodsPerSeed).Select(static i => $$"""
            [BpfProgram(BpfHook.Syscall, FaultResult = {{KernelOracle.FaultResult}})]
            static int P{{i}}(SyscallContext<Call> context) { ref Call call = ref context.Value; call.Result = F{{i}}((int)call.A, call.B, (byte)call.C); return 0; }
            """);
        Compiled compiled = new($"[BpfObject(License = \"GPL\")] public static partial class T {{ public struct Call {{ public long A, B, C, Result; }} {members} {string.Join("\n", programs)} }}");
        Assert.True(!compiled.Errors.Any(), string.Join("\n", compiled.Errors) + members);
        FrontendResult result = compiled.Lower();
        Assert.True(result.Module is not null, $"seed {seed}: " + string.Join("\n", result.Diagnostics.Select(static d => d.Id + string.Join(",", d.Arguments))));
        IrChecker.Check(result.Module);
        string text = IrPrinter.Print(result.Module);
        Module optimized = IrParser.Parse(text);
        PassManager.Run(optimized, new CompilerOptions { CheckAfterEveryPass = true });
        CompilationResult compilation = BpfCompiler.Compile(IrParser.Parse(text), new CompilerOptions());
        using BpfObject? loaded = CanLoad ? Load(compilation, seed, members) : null;
        Type type = compiled.Load("T");
        for (int i = 0; i < MethodsPerSeed; i++)
        {
            MethodInfo method = type.GetMethod("F" + i.ToString(CultureInfo.InvariantCulture), BindingFlags.Static | BindingFlags.NonPublic)!;
            foreach ((int a, long b, byte c) in Inputs)
            {
                string expected = Oracle.InDotNet(method, [a, b, c]);
                string where = $"F{i}({a}, {b}, {c}) of seed {seed} is {expected} in .NET";
                Assert.True(expected == Interpret(result.Module, i, a, b, c), $"{where}, {Interpret(result.Module, i, a, b, c)} as lowered:\n{members}");
                Assert.True(expected == Interpret(optimized, i, a, b, c), $"{where}, {Interpret(optimized, i, a, b, c)} optimised:\n{members}");
                if (loaded is null) continue;
                (long, long, long, long Result) call = (a, b, c, 0);
                uint code = loaded.Program("P" + i.ToString(CultureInfo.InvariantCulture)).TestRun(ref call).ReturnValue;
                string actual = (int)code == KernelOracle.FaultResult ? "fault" : call.Result.ToString(CultureInfo.InvariantCulture);
                Assert.True(expected == actual, $"{where}, {actual} in the kernel:\n{members}");
            }
        }
    }

    private static bool CanLoad => Environment.IsPrivilegedProcess && OperatingSystem.IsLinux();

    private static string Interpret(Module module, int number, int a, long b, byte c)
    {
        // The program's context: three arguments and the result.
        MemoryObject context = new("context", 32);
        Cell pointer = Cell.Pointer(context, 0);
        MemoryAccess.Store(pointer, 0, 8, Cell.Integer(a));
        MemoryAccess.Store(pointer, 8, 8, Cell.Integer(b));
        MemoryAccess.Store(pointer, 16, 8, Cell.Integer(c));
        string returned = new IrInterpreter(module).Run("P" + number.ToString(CultureInfo.InvariantCulture), pointer).Split('\n')[0];
        return returned == "fault" ? returned : MemoryAccess.Load(pointer, 24, 8, false).Bits.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The loaded object; null if a program has more paths than the verifier follows, which is no mistake of the compiler's.</summary>
    private static BpfObject? Load(CompilationResult compilation, int seed, string members)
    {
        Assert.True(compilation.Object is not null, $"seed {seed}: " + string.Join("\n", compilation.Diagnostics));
        try
        {
            return BpfObject.Open(Objects.ObjectWriter.Write(compilation.Object), "T").Load();
        }
        catch (BpfVerifierException exception) when (exception.ToString() is var message && (message.Contains("program is too large") || message.Contains("jumps is too complex")))
        {
            return null;
        }
        catch (BpfVerifierException exception)
        {
            string log = exception.ToString();
            Assert.Fail($"seed {seed}: {(log.Length > 4000 ? log[..2000] + "…" + log[^2000..] : log)}\n{members}");
            throw;
        }
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
