using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Tests.Interpreter;
using BpfSharp.Compiler.Tests.Random;
using BpfSharp.Objects;

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
