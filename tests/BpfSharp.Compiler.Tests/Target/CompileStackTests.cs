using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Passes;
using BpfSharp.Compiler.Tests.Random;

namespace BpfSharp.Compiler.Tests.Target;

/// <summary>The stack that the compiler needs does not grow with the program: a generated one is compiled on a thread with a small stack. Where it overflows the process ends.</summary>
public sealed class CompileStackTests
{
    private const int Size = 5_000;
    private const int StackBytes = 256 << 10;

    [Theory]
    [InlineData("moves", "far")]
    [InlineData("moves under conditions", "far")]
    [InlineData("moves under conditions", "packets")]
    [InlineData("choices of references", "packets")]
    [InlineData("conditions", "ranges")]
    [InlineData("conversions", "ranges")]
    [InlineData("copies of references", "inline")]
    [InlineData("members", "kernelreads")]
    [InlineData("calls", "inline")]
    [InlineData("calls in a loop", "loopends")]
    public void Pass(string shape, string name) => WithSmallStack(() =>
    {
        Module module = DeepFunctions.Shapes[shape](Size);
        PassManager.Run(module, new CompilerOptions(), [PassTable.Rows.First(p => p.Name == name) with { After = [] }]);
    });

    [Theory]
    [InlineData("moves")]
    [InlineData("numbers under conditions")]
    [InlineData("calls")]
    public void Compiler(string shape) => WithSmallStack(() => BpfCompiler.Compile(DeepFunctions.Shapes[shape](Size), new CompilerOptions()));

    private static void WithSmallStack(Action action)
    {
        Exception? exception = null;
        Thread thread = new(() => exception = Record.Exception(action), StackBytes);
        thread.Start();
        thread.Join();
        Assert.Null(exception);
    }
}
