using System.Diagnostics;
using System.Runtime.InteropServices;
using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Tests.Random;

namespace BpfSharp.Compiler.Tests.Target;

/// <summary>
/// The compiler's work grows with the program, not with its square. What is compared is the processor time of one thread for a program and for one
/// of four times its size, in one run: neither the machine's speed nor its load matters. A square would make it 16.
/// </summary>
public sealed partial class CompileTimeTests
{
    private const int Size = 5_000;
    private const double MostForFourTimes = 9;

    public static TheoryData<string> Shapes => [.. LargeFunctions.Shapes.Keys];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void GrowsWithTheProgram(string shape)
    {
        Func<int, Module> make = LargeFunctions.Shapes[shape];
        int values = make(4 * Size).Functions.Sum(static f => f.Blocks.Sum(static b => b.Values.Count));
        Assert.InRange(values, 3.5 * Size, 5 * Size);
        for (int i = 0; i < 3; i++) Compile(make(Size));
        double small = Enumerable.Range(0, 5).Min(_ => Measure(make(Size)));
        double large = double.MaxValue;
        // A collection that falls into the one measurement is no work of the compiler's: the least of several counts.
        for (int i = 0; i < 6 && large >= small * MostForFourTimes; i++) large = Math.Min(large, Measure(make(4 * Size)));
        Assert.True(large < small * MostForFourTimes, $"{large:f0} ms for {4 * Size} values, {small:f0} ms for {Size}");
    }

    private static double Measure(Module module)
    {
        double before = Milliseconds();
        Compile(module);
        return Milliseconds() - before;
    }

    private static void Compile(Module module) => BpfCompiler.Compile(module, new CompilerOptions());

    /// <summary>The processor time of this thread where the system tells it.</summary>
    private static double Milliseconds()
    {
        if (!OperatingSystem.IsLinux()) return Stopwatch.GetElapsedTime(0).TotalMilliseconds;
        const int ThreadTime = 3;
        Assert.Equal(0, GetTime(ThreadTime, out TimeSpecification time));
        return (time.Seconds * 1e3) + (time.Nanoseconds / 1e6);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpecification time);

    private struct TimeSpecification
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
