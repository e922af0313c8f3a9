using System.Globalization;
using System.Reflection;
using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Passes;
using BpfSharp.Compiler.Tests.Interpreter;
using Module = BpfSharp.Compiler.IR.Module;

namespace BpfSharp.Compiler.Tests.Passes;

/// <summary>
/// IR in, IR out: what one pass alone makes of a function. A case is a file of <c>Cases</c>: what it shows, <c>; pass</c> with the pass' name, <c>; after</c> with a pass that makes
/// what the text cannot say, <c>; kernel</c> where the oldest kernel matters, <c>; until</c> with the first one for which the pass does nothing, the text before, <c>; gives</c>, and the
/// functions behind it.
/// </summary>
public sealed class PassCaseTests
{
    private const string Prefix = "BpfSharp.Compiler.Tests.Passes.Cases.", Marker = "; gives\n";

    private const long CurrentTask = 35, CurrentTaskBtf = 158, ProbeReadKernel = 113, Reserve = 131, Submit = 132;

    private static readonly long[] s_inputs = [0, 1, 2, 5, 7, 9, 15, 16, 18, 40, 2000, -1, 0x1234_5678_9abc_def0, long.MinValue];

    private static readonly Assembly s_assembly = typeof(PassCaseTests).Assembly;

    private static string[] Names =>
        [.. s_assembly.GetManifestResourceNames().Where(static n => n.StartsWith(Prefix, StringComparison.Ordinal)).Select(static n => n[Prefix.Length..^3]).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Cases => [.. Names];

    [Theory]
    [MemberData(nameof(Cases))]
    public void ThePassGives(string name)
    {
        (string text, string expected) = Read(name);
        CompilerOptions options = Options(text, "kernel");
        string[] first = Value(text, "after") is { } other ? [other] : [];
        string pass = Value(text, "pass")!;
        Module before = PassRunner.Parse(text);
        string[] outcomes = [.. s_inputs.Select(i => Outcome(before, i))];
        Module after = PassRunner.Run(text, options, [.. first, pass]);
        Assert.Equal(expected, Print(after));
        Assert.NotEqual(Print(PassRunner.Run(text, options, first)), expected);
        if (Value(text, "until") is not null)
        {
            CompilerOptions later = Options(text, "until");
            Assert.Equal(Print(PassRunner.Run(text, later, first)), Print(PassRunner.Run(text, later, [.. first, pass])));
        }
        // The expectation itself is right if the interpreter finds that it does the same.
        Assert.Equal(outcomes, s_inputs.Select(i => Outcome(after, i)));
    }

    /// <summary>A pass that is put into the table needs a case, and a case that names no pass would show nothing.</summary>
    [Fact]
    public void EveryPassOfTheTableHasACase()
    {
        IEnumerable<string> shown = Names.Select(static name => Value(Read(name).Text, "pass") ?? "").Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(PassTable.Rows.Select(static p => p.Name).Distinct().Order(StringComparer.Ordinal), shown);
    }

    private static (string Text, string Expected) Read(string name)
    {
        using StreamReader reader = new(s_assembly.GetManifestResourceStream(Prefix + name + ".ir")!);
        string[] parts = reader.ReadToEnd().ReplaceLineEndings("\n").Split(Marker);
        return (parts[0], parts.Length > 1 ? parts[1] : "");
    }

    private static string? Value(string text, string key)
    {
        string line = "; " + key + " ";
        return text.Split('\n').FirstOrDefault(l => l.StartsWith(line, StringComparison.Ordinal))?[line.Length..];
    }

    private static CompilerOptions Options(string text, string key)
    {
        CompilerOptions options = new() { InstructionSet = 3, CheckAfterEveryPass = true };
        if (Value(text, key)?.Split('.') is not [string major, string minor]) return options;
        return options with { MinimumKernel = (int.Parse(major, CultureInfo.InvariantCulture), int.Parse(minor, CultureInfo.InvariantCulture)) };
    }

    private static string Print(Module module) => string.Concat(module.Functions.Select(static f => IrPrinter.Print(f, renumber: true)));

    /// <summary>What <c>@f</c> does with a number as each of its arguments, or with a packet. Of other contexts and kernel memory the interpreter has none.</summary>
    private static string Outcome(Module module, long input)
    {
        Function function = module.FindFunction("f")!;
        bool takesPacket = function.Section == "xdp";
        if (function.Parameters.Any(p => p.Type.IsPointer && !takesPacket) || function.Blocks.Exists(static b => b.Values.Exists(ReadsKernel))) return "";
        try
        {
            IrInterpreter interpreter = new(module)
            {
                Helpers =
                {
                    [Reserve] = static (_, _) => Cell.Pointer(new MemoryObject("record", 24), 0),
                    [Submit] = static (w, a) =>
                    {
                        w.Trace.Add("record " + Convert.ToHexString(a[0].Object!.Bytes));
                        return Cell.Integer(0);
                    },
                },
            };
            return interpreter.Run("f", [.. function.Parameters.Select((p, i) => p.Type.IsPointer ? Context(input) : Cell.Integer(p.Type.IsI32 ? (int)(input + i) : input + i))]);
        }
        catch (InterpreterException e)
        {
            return e.Message;
        }
    }

    /// <summary>A context with a packet of as many bytes as the low bits say: two small numbers of 16 bits, and numbers that go up.</summary>
    private static Cell Context(long input)
    {
        MemoryObject packet = new("packet", (int)(input & 127)), context = new("context", 24);
        for (int i = 0; i < packet.Bytes.Length; i++) packet.Bytes[i] = (byte)(i is 1 or 3 ? 0 : 3 + (7 * i));
        context.Pointers.Add(0, Cell.Pointer(packet, 0));
        context.Pointers.Add(4, Cell.Pointer(packet, packet.Bytes.Length));
        return Cell.Pointer(context, 0);
    }

    private static bool ReadsKernel(Value value) =>
        value.Op is Op.KernelRead or Op.KernelFollow || value is { Op: Op.CallHelper, Immediate: CurrentTask or CurrentTaskBtf or ProbeReadKernel };
}
