namespace BpfSharp;

/// <summary>What kernels learned to run beyond the instructions of the first ones (Linux 3.18).</summary>
public enum BpfInstructionFeature
{
    /// <summary>The second version of the instruction set: jumps on less than (4.14).</summary>
    Version2,

    /// <summary>The third version: 32-bit jumps (5.1).</summary>
    Version3,

    /// <summary>Up to a million instructions instead of 4,096 (5.2).</summary>
    LargePrograms,

    /// <summary>Loops whose end the verifier can see (5.3).</summary>
    BoundedLoops,

    /// <summary>Atomic operations that give the value of before, exchange and compare-and-exchange (5.12).</summary>
    AtomicFetch,

    /// <summary>The fourth version: signed division, loads and moves that extend the sign, swaps of byte order, and far jumps (6.6).</summary>
    Version4,

    /// <summary>The jump of loops whose end the verifier cannot see, <c>may_goto</c> (6.9).</summary>
    MayGoto,

    /// <summary><c>load_acquire</c> and <c>store_release</c> (6.15).</summary>
    LoadAcquire,
}
