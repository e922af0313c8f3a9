using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Passes;
using BpfSharp.Compiler.Tests.Interpreter;

namespace BpfSharp.Compiler.Tests.Random;

/// <summary>Random functions do the same before and after every pass.</summary>
public sealed class PassPropertyTests
{
    private const int ModulesPerShard = 500;

    private static readonly (long A, long B, int C)[] s_inputs = [(0, 0, 0), (1, -1, 7), (long.MinValue, 255, -1), (0x1234_5678_9abc_def0, 3, int.MinValue)];

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 4)]
    [InlineData(2, 3)]
    [InlineData(3, 4)]
    public void EveryPassKeepsWhatFunctionsDo(int shard, int instructionSet)
    {
        for (int i = 0; i < ModulesPerShard; i++)
        {
            int seed = (shard * ModulesPerShard) + i;
            Module module = new RandomFunctions(seed).Make();
            string[] expected = Outcomes(module);
            string before = IrPrinter.Print(module);
            CompilerOptions options = new() { InstructionSet = instructionSet, CheckAfterEveryPass = true };
            PassManager.Run(module, options, (pass, after) =>
            {
                string text = IrPrinter.Print(after);
                if (text == before) return;
                string[] outcomes = Outcomes(after);
                if (!expected.SequenceEqual(outcomes)) Assert.Fail(Difference(seed, pass, expected, outcomes, before, text));
                before = text;
            });
        }
    }

    [Fact]
    public void RandomFunctionsMostlyRunToAResult()
    {
        string[] outcomes = [.. Enumerable.Range(0, 200).SelectMany(seed => Outcomes(new RandomFunctions(seed).Make()))];
        Assert.All(outcomes, o => Assert.Contains("g=", o, StringComparison.Ordinal));
        Assert.InRange(outcomes.Count(o => o.StartsWith("fault", StringComparison.Ordinal)), 1, outcomes.Length / 2);
        Assert.InRange(outcomes.Count(o => o.Contains("update", StringComparison.Ordinal)), outcomes.Length / 10, outcomes.Length);
        Assert.InRange(outcomes.Distinct().Count(), outcomes.Length / 2, outcomes.Length);
    }

    private static string[] Outcomes(Module module) => [.. s_inputs.Select(input => Outcome(module, input))];

    private static string Outcome(Module module, (long A, long B, int C) input)
    {
        try
        {
            return new IrInterpreter(module).Run("f", Cell.Integer(input.A), Cell.Integer(input.B), Cell.Integer(input.C));
        }
        catch (InterpreterException e)
        {
            return e.Message;
        }
    }

    private static string Difference(int seed, string pass, string[] expected, string[] outcomes, string before, string after)
    {
        int input = Enumerable.Range(0, expected.Length).First(i => expected[i] != outcomes[i]);
        return $"seed {seed}, pass '{pass}', input {s_inputs[input]}: expected\n{expected[input]}\nbut got\n{outcomes[input]}\nbefore:\n{before}\nafter:\n{after}";
    }
}
