using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Tests.Interpreter;
using BpfSharp.Compiler.Tests.Random;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Tests.Target;

/// <summary>The instructions do what the IR does: random modules run in the IR interpreter and, compiled, in the virtual machine.</summary>
public sealed class CodeGenerationTests
{
    private const int ModulesPerShard = 500;

    private static readonly (long A, long B, int C)[] s_inputs = [(0, 0, 0), (1, -1, 7), (long.MinValue, 255, -1), (0x1234_5678_9abc_def0, 3, int.MinValue)];

    [Theory]
    [InlineData(0, 3, false)]
    [InlineData(1, 4, false)]
    [InlineData(2, 3, true)]
    [InlineData(3, 4, true)]
    public void InstructionsDoWhatTheIrDoes(int shard, int instructionSet, bool keepsFunctions)
    {
        for (int i = 0; i < ModulesPerShard; i++)
        {
            int seed = (shard * ModulesPerShard) + i;
            Module module = Make(seed, keepsFunctions);
            string text = IrPrinter.Print(module);
            string[] expected = [.. s_inputs.Select(input => Interpret(module, input))];
            CompilationResult result = BpfCompiler.Compile(module, new CompilerOptions { InstructionSet = instructionSet, CheckAfterEveryPass = true });
            // A random frame may be too large; that is said and is no difference.
            if (result.Object is null)
            {
                Assert.All(result.Diagnostics, static d => Assert.Equal("BPF0501", d.Id));
                continue;
            }
            for (int n = 0; n < s_inputs.Length; n++)
            {
                string actual = Execute(result.Object, s_inputs[n]);
                if (actual == expected[n]) continue;
                string code = string.Join("\n", result.Object.Functions.SelectMany(static f => f.Instructions.Select((x, k) => $"{f.Name} {k}: {x}")));
                Assert.Fail($"seed {seed}, input {s_inputs[n]}: expected\n{expected[n]}\nbut got\n{actual}\n{text}\n{IrPrinter.Print(module)}\n{code}");
            }
        }
    }

    [Fact]
    public void TheSameModuleGivesTheSameObject()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            ObjectSpec? first = BpfCompiler.Compile(Make(seed, true), new CompilerOptions()).Object;
            ObjectSpec? second = BpfCompiler.Compile(IrParser.Parse(IrPrinter.Print(Make(seed, true))), new CompilerOptions()).Object;
            Assert.Equal(first is null, second is null);
            if (first is not null) Assert.Equal(ObjectWriter.Write(first), ObjectWriter.Write(second!));
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(3)]
    public void AJumpOverMoreThan16BitsIsALongOne(int instructionSet)
    {
        // Only version 4 (kernel 6.6) has a jump that far.
        CompilationResult result = BpfCompiler.Compile(Far(), new CompilerOptions { InstructionSet = instructionSet });
        if (instructionSet < 4)
        {
            Assert.Equal("BPF0502", Assert.Single(result.Diagnostics).Id);
            return;
        }
        Assert.Empty(result.Diagnostics);
        Assert.Contains(result.Object!.Functions.Single().Instructions, static i => i.Code == Opcode.GotoLong);
        foreach ((long, long, int) input in s_inputs) Assert.Equal(Interpret(Far(), input), Execute(result.Object, input));
    }

    [Fact]
    public void Version4SwapsAndExtendsInOneInstruction()
    {
        const string text = """
            function @f section "xdp" returns i64 (i64 "a", i64 "b", i32 "c") {
            b0:
              %0 = param i64
              %1 = param i64 #1
              %2 = swap32 i64 %0
              %3 = sdiv i64 %2, %1
              %4 = sext8 i64 %3
              return %4
            }
            """;
        Assert.Equal(["r1 = bswap32 r1", "r1 s/= r2", "r0 = (s8)r1"], Lines(4));
        Assert.DoesNotContain(Lines(3), static l => l.Contains("bswap", StringComparison.Ordinal) || l.Contains("s/", StringComparison.Ordinal) || l.Contains("(s8)", StringComparison.Ordinal));

        static string[] Lines(int instructionSet) => [.. BpfCompiler.Compile(IrParser.Parse(text), new CompilerOptions { InstructionSet = instructionSet })
            .Object!.Functions.Single().Instructions.Select(static i => i.ToString()).Where(static l => l.Contains("swap", StringComparison.Ordinal) || l.Contains('/') || l.Contains("(s", StringComparison.Ordinal) || l.Contains("be", StringComparison.Ordinal))];
    }

    /// <summary>A branch over a block of 40,000 instructions.</summary>
    private static Module Far()
    {
        Module module = new();
        Function function = new("f") { ReturnType = IrType.I64, Section = "xdp" };
        foreach (IrType type in (IrType[])[IrType.I64, IrType.I64, IrType.I32]) function.Parameters.Add(new Parameter(type, ""));
        module.Functions.Add(function);
        FunctionBuilder b = new(function);
        Value start = b.Parameter(0), value = start;
        Block far = b.NewBlock(), end = b.NewBlock();
        b.Branch(b.Parameter(2), far, end);
        b.Continue(far);
        for (int i = 0; i < 20_000; i++) value = b.Binary(Op.Mul, b.Binary(Op.Xor, value, b.Const64(i + 1)), b.Const64(3));
        b.Jump(end);
        b.Continue(end);
        Value result = b.Add(Op.Phi, IrType.I64, start, value);
        b.Return(result);
        return module;
    }

    private static Module Make(int seed, bool keepsFunctions)
    {
        Module module = new RandomFunctions(seed).Make();
        foreach (Function function in module.Functions)
        {
            function.FaultResult = VirtualWorld.Fault;
            if (keepsFunctions && !function.IsProgram) function.Inline = InlineHint.Never;
        }
        return module;
    }

    private static string Interpret(Module module, (long A, long B, int C) input)
    {
        try
        {
            return Sorted(new IrInterpreter(module).Run("f", Cell.Integer(input.A), Cell.Integer(input.B), Cell.Integer(input.C)), module);
        }
        catch (InterpreterException e)
        {
            return e.Message;
        }
    }

    private static string Execute(ObjectSpec spec, (long A, long B, int C) input)
    {
        try
        {
            return new VirtualWorld(spec).Run("f", (ulong)input.A, (ulong)input.B, (ulong)input.C);
        }
        catch (InvalidOperationException e)
        {
            return e.Message.Contains("does not end", StringComparison.Ordinal) ? "an endless run" : e.ToString();
        }
    }

    /// <summary>The outcome with the globals in order of their names: the object has them by section.</summary>
    private static string Sorted(string outcome, Module module)
    {
        string[] lines = outcome.Split('\n');
        Array.Sort(lines, 1, module.Globals.Count, StringComparer.Ordinal);
        return string.Join("\n", lines);
    }
}
