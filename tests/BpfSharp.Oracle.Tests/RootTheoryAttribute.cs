namespace BpfSharp.Oracle.Tests;

/// <summary>A theory that loads programs into the running kernel; skipped without root.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootTheoryAttribute : TheoryAttribute
{
    public RootTheoryAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "needs Linux";
        else if (!Environment.IsPrivilegedProcess) Skip = "needs root: run the tests with sudo";
    }
}
