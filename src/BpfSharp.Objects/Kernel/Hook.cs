namespace BpfSharp.Objects.Kernel;

/// <summary>What a section's name may say after the prefix.</summary>
public enum HookTarget
{
    /// <summary>Nothing: the section is the prefix alone.</summary>
    None,
    /// <summary>Optionally what to attach to, after a slash. A program without it is attached by hand.</summary>
    Optional,
}

/// <summary>Properties of a hook.</summary>
[Flags]
public enum HookFlags
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Programs may sleep (<c>BPF_F_SLEEPABLE</c>).</summary>
    Sleepable = 1,
    /// <summary>The target is found in the kernel's BTF, and its id is given at load (<c>attach_btf_id</c>).</summary>
    BtfTarget = 2,
    /// <summary>Kernels older than the attach type load the program without it.</summary>
    AttachTypeOptional = 4,
    /// <summary>The program handles packets in several fragments (<c>BPF_F_XDP_HAS_FRAGS</c>).</summary>
    Fragments = 8,
    /// <summary>The program runs when the function returns.</summary>
    Return = 16,
    /// <summary>One attachment covers many functions, chosen by a pattern.</summary>
    Multi = 32,
}

/// <summary>A range of results.</summary>
/// <param name="Minimum">The least.</param>
/// <param name="Maximum">The greatest.</param>
public readonly record struct ReturnRange(int Minimum, int Maximum)
{
    /// <summary>Whether <paramref name="value"/> is in it.</summary>
    public bool Contains(long value) => value >= Minimum && value <= Maximum;
}

/// <summary>A place in the kernel where programs run, as libbpf names it by the section's prefix.</summary>
/// <param name="Prefix">The section's name without the target.</param>
/// <param name="ProgramType">The program type.</param>
/// <param name="AttachType">The expected attach type given at load; null stands for 0, which such programs do not use.</param>
/// <param name="Since">The first kernel with it.</param>
/// <param name="Context">The C structure that the context points to; "" where it depends on the target, or is the user's own.</param>
/// <param name="FaultResult">What a program returns after a fault; see <see cref="Hooks"/>.</param>
/// <param name="Results">
/// The results that the verifier enforces, from kernel 5.15 on; null if it takes any. Security hooks that return nothing (<c>void</c>) are not bound to it.
/// </param>
/// <param name="Target">Whether a target may follow.</param>
/// <param name="Flags">Properties.</param>
public sealed record Hook(
    string Prefix,
    ProgramType ProgramType,
    AttachType? AttachType,
    KernelVersion Since,
    string Context,
    int FaultResult,
    ReturnRange? Results,
    HookTarget Target,
    HookFlags Flags)
{
    /// <summary>Whether programs may sleep.</summary>
    public bool IsSleepable => (Flags & HookFlags.Sleepable) != 0;
}

/// <summary>What a section's name says of its programs.</summary>
/// <param name="Hook">The hook.</param>
/// <param name="Target">What follows the prefix and a slash (<c>raw_syscalls/sys_enter</c>), "" if nothing does.</param>
/// <param name="IsAutoloaded">Whether the programs are loaded unless asked otherwise; a leading <c>?</c> in the name says no.</param>
public readonly record struct HookSection(Hook Hook, string Target, bool IsAutoloaded);
