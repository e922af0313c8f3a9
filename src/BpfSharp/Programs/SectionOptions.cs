namespace BpfSharp.Programs;

/// <summary>What else follows from a program's section.</summary>
[Flags]
internal enum SectionOptions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Kernels that do not know the expected attach type load the program without it.</summary>
    AttachTypeIsOptional = 1,

    /// <summary>The program may sleep (<c>BPF_F_SLEEPABLE</c>).</summary>
    Sleepable = 2,

    /// <summary>The target is a type of the kernel's BTF, named when the program is loaded.</summary>
    KernelTarget = 4,

    /// <summary>The program handles packets in fragments (<c>BPF_F_XDP_HAS_FRAGS</c>, kernel 5.18).</summary>
    Fragments = 8,

    /// <summary>The target is a system call's name, to which the architecture's prefix is added.</summary>
    SystemCall = 16,
}
