namespace BpfSharp.KernelTests.Runner;

/// <summary>How one test ended, as the results file spells it.</summary>
enum Outcome
{
    /// <summary>The test has begun; the last one of these names the test that hung or brought the kernel down.</summary>
    Started,

    /// <summary>The test passed.</summary>
    Passed,

    /// <summary>The test failed, or passed below the minimum that it claims.</summary>
    Failed,

    /// <summary>The kernel lacks something that the test needs.</summary>
    Skipped,

    /// <summary>The test failed below the minimum that it claims, as it should.</summary>
    Refused,

    /// <summary>Written by the script after the VM has ended: how the whole run went ("ended", "hang", "panic", "died").</summary>
    Verdict,
}
