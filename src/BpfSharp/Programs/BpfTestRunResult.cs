namespace BpfSharp;

/// <summary>The outcome of a test run.</summary>
/// <param name="ReturnValue">What the program returned; of the last run, if it was repeated.</param>
/// <param name="Duration">The time of one run, on average over the repeats; in steps of 100 ns.</param>
/// <param name="Nanoseconds">The same in nanoseconds, as the kernel gives it.</param>
public readonly record struct BpfTestRunResult(uint ReturnValue, TimeSpan Duration, uint Nanoseconds);
