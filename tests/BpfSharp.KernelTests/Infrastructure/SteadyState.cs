using System.Runtime;
using System.Runtime.CompilerServices;

namespace BpfSharp.KernelTests;

/// <summary>Measures what an operation allocates when .NET has compiled it for good.</summary>
static class SteadyState
{
    const int WarmUp = 50, Measured = 1000;

    /// <summary>
    /// Asserts that repeating it allocates nothing in this thread. While the JIT compiles (a method anew, in a higher tier), it may allocate in the thread that
    /// calls the method, so what was measured counts only if nothing was compiled meanwhile.
    /// </summary>
    public static void AllocatesNothing(Action operation)
    {
        Repeat(operation, WarmUp);
        while (true)
        {
            long compiled = JitInfo.GetCompiledMethodCount(), before = GC.GetAllocatedBytesForCurrentThread();
            Repeat(operation, Measured);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated != 0 && JitInfo.GetCompiledMethodCount() != compiled) continue;
            Assert.Equal(0, allocated);
            return;
        }
    }

    /// <summary>An assertion that allocates nothing while it holds; xunit's do.</summary>
    public static void Require(bool condition)
    {
        if (!condition) Assert.Fail("the operation did not do what it should");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Repeat(Action operation, int times)
    {
        for (int i = 0; i < times; i++) operation();
    }
}
