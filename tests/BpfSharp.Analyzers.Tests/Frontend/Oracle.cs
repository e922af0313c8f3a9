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
/// Runs a static method of C# source in .NET and, lowered, in the IR interpreter: as the front end wrote it and after the compiler's passes.
/// Results must be equal; an exception in .NET must be a fault.
/// </summary>
internal static class Oracle
{
    /// <summary>Numbers at the edges of every width.</summary>
    private static readonly long[] Interesting =
    [
        0, 1, 2, 3, 5, 7, 8, 31, 32, 63, 64, 100, 127, 128, 255, 256, 32767, 32768, 65535, 65536, int.MaxValue, 1L + int.MaxValue, uint.MaxValue, 1L + uint.MaxValue,
        0x1234_5678_9ABC_DEF0, long.MaxValue, -1, -2, -7, -128, -129, -32768, -32769, int.MinValue, -1L + int.MinValue, long.MinValue,
    ];

    /// <summary>Compares a method called <c>F</c> of a class <c>T</c> with itself in .NET.</summary>
    /// <param name="members">The class's members; further types may follow after <c>}</c> is closed by <paramref name="types"/>.</param>
    /// <param name="types">Further types.</param>
    /// <param name="isChecked">Whether the project checks overflow.</param>
    /// <param name="arguments">The arguments of each run; without any, combinations of interesting ones.</param>
    public static void Check(string members, string types = "", bool isChecked = false, params object[][] arguments)
    {
        Compiled compiled = new($"[BpfObject] public static partial class T {{ {members} }} {types}", isChecked);
        Assert.Empty(compiled.Errors);
        FrontendResult result = compiled.LowerMethod("T", "F");
        Assert.True(result.Diagnostics.IsEmpty, string.Join("\n", result.Diagnostics.Select(static d => $"{d.Id} {d.Position.Line}:{d.Position.Column} {string.Join(", ", d.Arguments)}")));
        Assert.NotNull(result.Module);
        IrChecker.Check(result.Module);
        string text = IrPrinter.Print(result.Module);
        Module optimized = Optimize(text, (5, 15), "");
        List<(Module, string)> stages = [(result.Module, "as lowered"), (optimized, "optimised")];
        // Loops take a form of their own on newer kernels.
        if (text.Contains("bpf_iter_num_new", StringComparison.Ordinal) || text.Contains("#181", StringComparison.Ordinal))
        {
            stages.Add((Optimize(text, (5, 17), ""), "optimised for 5.17"));
            stages.Add((Optimize(text, (6, 4), "GPL"), "optimised for 6.4"));
        }
        Type type = compiled.Load("T");
        MethodInfo method = type.GetMethod("F", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!;
        ParameterInfo[] parameters = method.GetParameters();
        foreach (object[] values in arguments.Length > 0 ? arguments : Combinations(parameters))
        {
            object[] converted = [.. parameters.Select((p, i) => As(values[i], p.ParameterType))];
            string expected = InDotNet(method, converted);
            Cell[] cells = [.. converted.Select(static v => Cell.Integer(Bits(v)))];
            foreach ((Module module, string stage) in stages)
            {
                string actual = new IrInterpreter(module).Run("T_F", cells).Split('\n')[0];
                Assert.True(expected == actual, $"F({string.Join(", ", converted)}) is {expected} in .NET and {actual} {stage}:\n{members}\n{IrPrinter.Print(module)}");
            }
        }
    }

    private static Module Optimize(string text, (int, int) minimum, string license)
    {
        Module module = IrParser.Parse(text);
        Assert.Equal(text, IrPrinter.Print(module));
        if (license.Length > 0) module.License = license;
        PassManager.Run(module, new CompilerOptions { CheckAfterEveryPass = true, MinimumKernel = minimum });
        return module;
    }

    internal static string InDotNet(MethodInfo method, object[] arguments)
    {
        try
        {
            object? value = method.Invoke(null, arguments);
            return value is null ? "0" : Bits(value).ToString(CultureInfo.InvariantCulture);
        }
        catch (TargetInvocationException)
        {
            return "fault";
        }
    }

    internal static IEnumerable<object[]> Combinations(ParameterInfo[] parameters) => parameters.Length switch
    {
        0 => [[]],
        1 => Interesting.Select(static a => new object[] { a }),
        2 => Interesting.SelectMany(static a => Interesting.Select(b => new object[] { a, b })),
        _ => Enumerable.Range(0, 200).Select(i => Enumerable.Range(0, parameters.Length).Select(p => (object)Interesting[(i * (p + 7) + (i / 3) + p) % Interesting.Length]).ToArray()),
    };

    internal static object As(object value, Type type)
    {
        if (type.IsInstanceOfType(value)) return value;
        long bits = Bits(value);
        return System.Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => (bits & 1) != 0,
            TypeCode.Char => (char)bits,
            _ when type.IsEnum => Enum.ToObject(type, bits),
            TypeCode.SByte => (sbyte)bits,
            TypeCode.Byte => (byte)bits,
            TypeCode.Int16 => (short)bits,
            TypeCode.UInt16 => (ushort)bits,
            TypeCode.Int32 => (int)bits,
            TypeCode.UInt32 => (uint)bits,
            TypeCode.UInt64 => (ulong)bits,
            _ => type == typeof(nint) ? (nint)bits : type == typeof(nuint) ? (nuint)(ulong)bits : bits,
        };
    }

    /// <summary>The bits as the IR keeps a value of the type.</summary>
    internal static long Bits(object value) => value switch
    {
        bool b => b ? 1 : 0,
        char c => c,
        uint u => (int)u,
        ulong u => (long)u,
        nint n => n,
        nuint n => (long)(ulong)n,
        Enum e => Bits(Convert.ChangeType(e, Enum.GetUnderlyingType(e.GetType()), CultureInfo.InvariantCulture)),
        _ => Convert.ToInt64(value, CultureInfo.InvariantCulture),
    };
}
