using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using BpfSharp.Analyzers.Frontend;
using BpfSharp.Compiler;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>A theory that runs programs in the running kernel; without the right it is skipped and says why.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelTheoryAttribute : TheoryAttribute
{
    /// <inheritdoc/>
    public override string? Skip
    {
        get => base.Skip ?? (Environment.IsPrivilegedProcess && OperatingSystem.IsLinux() ? null : "It loads programs into the kernel, which needs root on Linux.");
        set => base.Skip = value;
    }
}

/// <summary>
/// Compares a static method in .NET with itself in the running kernel: a syscall program around it is compiled, taken by the verifier, and run
/// with <c>BPF_PROG_TEST_RUN</c>; an XDP program if there are spin locks, which programs that may sleep cannot use before 6.12. Results must be equal and
/// an exception must be a fault.
/// </summary>
internal static class KernelOracle
{
    private const int MaximumRuns = 60;
    public const int FaultResult = -77;

    // The kernel writes to it.
#pragma warning disable CS0649
    private struct Call
    {
        public Arguments Arguments;
        public long Result;
    }
#pragma warning restore CS0649

    [System.Runtime.CompilerServices.InlineArray(6)]
    private struct Arguments
    {
        private long _first;
    }

    /// <summary>Compares the method <c>F</c> of a class with <paramref name="members"/>.</summary>
    public static void Check(string members, string types, int major = 5, int minor = 17)
    {
        MethodInfo method = new Compiled($"[BpfObject] public static partial class T {{ {members} }} {types}").Load("T").GetMethod("F", BindingFlags.Static | BindingFlags.NonPublic)!;
        ParameterInfo[] parameters = method.GetParameters();
        BpfObject loaded = Load(members, types, method, (major, minor));
        using (loaded)
        {
            BpfProgram program = loaded.Program("Run");
            object[][] all = [.. Oracle.Combinations(parameters)];
            int step = Math.Max(1, all.Length / MaximumRuns);
            for (int i = 0; i < all.Length; i += step)
            {
                object[] converted = [.. parameters.Select((p, n) => Oracle.As(all[i][n], p.ParameterType))];
                string expected = Oracle.InDotNet(method, converted);
                Call call = default;
                for (int n = 0; n < converted.Length; n++) call.Arguments[n] = Oracle.Bits(converted[n]);
                uint code = HasLock(members) ? RunOnPacket(program, ref call) : program.TestRun(ref call).ReturnValue;
                string actual = (int)code == FaultResult ? "fault" : call.Result.ToString(CultureInfo.InvariantCulture);
                Assert.True(expected == actual, $"F({string.Join(", ", converted)}) is {expected} in .NET and {actual} in the kernel:\n{members}");
            }
        }
    }

    private static bool HasLock(string members) => members.Contains("BpfSpinLock", StringComparison.Ordinal);

    /// <summary>The call is the packet, in and out.</summary>
    private static uint RunOnPacket(BpfProgram program, ref Call call)
    {
        Span<byte> packet = MemoryMarshal.AsBytes(new Span<Call>(ref call));
        return program.TestRun(packet, packet, [], out _).ReturnValue;
    }

    private static BpfObject Load(string members, string types, MethodInfo method, (int, int) minimum)
    {
        string arguments = string.Join(", ", method.GetParameters().Select(static (p, i) => From(p.ParameterType, $"call.A{i}")));
        string body = $"var result = F({arguments}); call.Result = {To(method.ReturnType)}; return 0;";
        string program = "public struct Call { public long A0, A1, A2, A3, A4, A5, Result; }\n" + (HasLock(members)
            ? $$"""
            [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)({{FaultResult}}))]
            static XdpAction Run(XdpContext context)
            {
                if (!context.Packet.TryRead(out Ref<Call> packet)) return XdpAction.Drop;
                ref Call call = ref packet.Value;
                {{body}}
            }
            """
            : $$"""
            [BpfProgram(BpfHook.Syscall, FaultResult = {{FaultResult}})]
            static int Run(SyscallContext<Call> context)
            {
                ref Call call = ref context.Value;
                {{body}}
            }
            """);
        Compiled compiled = new($"[BpfObject(License = \"GPL\")] public static partial class T {{ {members} {program} }} {types}");
        Assert.Empty(compiled.Errors);
        FrontendResult result = compiled.Lower();
        Assert.Empty(result.Diagnostics.Select(static d => $"{d.Id} {d.Position.Line}:{d.Position.Column} {string.Join(", ", d.Arguments)}"));
        CompilationResult compilation = BpfCompiler.Compile(IrParser.Parse(IrPrinter.Print(result.Module!)), new CompilerOptions { CheckAfterEveryPass = true, MinimumKernel = minimum });
        Assert.Empty(compilation.Diagnostics);
        try
        {
            return BpfObject.Open(Objects.ObjectWriter.Write(compilation.Object!), "T").Load();
        }
        catch (BpfVerifierException exception)
        {
            string log = exception.ToString();
            Assert.Fail($"{members}\n{(log.Length > 6000 ? log[^6000..] : log)}");
            throw;
        }
    }

    private static string From(Type type, string argument) => type == typeof(bool) ? $"({argument} & 1) != 0" : $"unchecked(({CSharpName(type)}){argument})";

    private static string To(Type type) => type == typeof(bool) ? "result ? 1 : 0" : type == typeof(uint) ? "(int)result" : "unchecked((long)result)";

    private static string CSharpName(Type type) => type == typeof(nint) ? "nint" : type == typeof(nuint) ? "nuint" : type.FullName!.Replace('+', '.');
}
