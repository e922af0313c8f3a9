using System.Numerics;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests;

/// <summary>What one test needs, and whether the running kernel has it.</summary>
/// <param name="Minimum">The first kernel version on which the test passes, such as "5.15"; null if any does.</param>
/// <param name="Needs">What the kernel must offer.</param>
/// <param name="InexactMinimum">Why the test may pass below <paramref name="Minimum"/>; null if it must not.</param>
public sealed record Requirement(string? Minimum, KernelNeeds Needs, string? InexactMinimum)
{
    /// <summary>
    /// The kernel matrix sets this variable: tests then run below their minimum too, and the runner reports those that pass.
    /// </summary>
    public const string CheckMinimumsVariable = "BPFSHARP_CHECK_MINIMUMS";

    static readonly bool s_checkMinimums = Environment.GetEnvironmentVariable(CheckMinimumsVariable) == "1";

    /// <summary>Whether the running kernel is older than the test claims to need.</summary>
    public bool IsBelowMinimum => Minimum is not null && ThisKernel.Version < KernelVersion.Parse(Minimum);

    /// <summary>Why the test cannot run here; null if it must run.</summary>
    public string? SkipReason
    {
        get
        {
            const KernelNeeds Always = KernelNeeds.Root | KernelNeeds.Bpf;
            ulong needs = (ulong)(Needs | Always);
            for (; needs != 0; needs &= needs - 1)
            {
                var need = (KernelNeeds)(1UL << BitOperations.TrailingZeroCount(needs));
                if (NeedProbes.WhyMissing(need) is { } reason) return $"needs {need}: {reason}";
            }

            if (!IsBelowMinimum || (s_checkMinimums && InexactMinimum is null)) return null;
            string why = InexactMinimum is null ? "" : $" ({InexactMinimum})";
            return $"needs Linux {Minimum}{why}, this is {ThisKernel.Release}";
        }
    }
}
