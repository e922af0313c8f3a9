using System.Text;
using BpfSharp.Errors;
using BpfSharp.Features;
using BpfSharp.Loading;
using BpfSharp.Loading.Core;
using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>
/// What the running kernel offers, asked of the kernel itself and not of its version: distributions bring features back to older
/// kernels and leave others out. Each answer is found once and kept; all members may be called from any thread.
/// </summary>
public static class BpfFeatures
{
    /// <summary>The running kernel's version.</summary>
    public static KernelVersion KernelVersion => RunningKernel.Version;

    /// <summary>Whether the kernel describes its own types (<c>/sys/kernel/btf/vmlinux</c>), which CO-RE, fentry, LSM and kernel functions need.</summary>
    public static bool HasKernelBtf => File.Exists(KernelBtf.Path);

    /// <summary>Whether maps of a type can be created.</summary>
    /// <exception cref="BpfException">A privilege is missing, so that the kernel does not say.</exception>
    public static bool Has(MapType type) => FeatureCache.Get(type, static t => MapProbe.Run(t));

    /// <summary>Whether programs of a type can be loaded.</summary>
    /// <exception cref="BpfException">A privilege is missing, so that the kernel does not say.</exception>
    public static bool Has(ProgramType type) => FeatureCache.Get(type, static t => ProgramProbe.Run(t));

    /// <summary>
    /// Whether programs can be attached with an attach type: the kernel knows it, and was built with what it needs where that can be asked (kprobe.multi wants
    /// CONFIG_FPROBE). Whether a device, a function or a group takes the program is decided when it is attached.
    /// </summary>
    /// <exception cref="NotSupportedException">The type is newer than this version of BpfSharp.</exception>
    /// <exception cref="BpfException">A privilege is missing, so that the kernel does not say.</exception>
    public static bool Has(AttachType type) => FeatureCache.Get(type, static t => AttachProbe.Run(t));

    /// <summary>Whether the kernel takes programs with a feature of the instruction set.</summary>
    /// <exception cref="BpfException">A privilege is missing, so that the kernel does not say.</exception>
    public static bool Has(BpfInstructionFeature feature) => FeatureCache.Get(feature, static f => InstructionProbe.Run(f));

    /// <summary>The newest version of the instruction set that the kernel takes, 1 to 4: <c>-mcpu=v3</c> of clang is 3.</summary>
    /// <exception cref="BpfException">A privilege is missing, so that the kernel does not say.</exception>
    public static int InstructionSet =>
        Has(BpfInstructionFeature.Version4) ? 4 : Has(BpfInstructionFeature.Version3) ? 3 : Has(BpfInstructionFeature.Version2) ? 2 : 1;

    /// <summary>Whether programs of a type may call a helper.</summary>
    /// <param name="type">The program type.</param>
    /// <param name="helper">The helper's number (<c>BPF_FUNC_*</c>).</param>
    /// <exception cref="NotSupportedException">The kernel looks at programs of this type only with a target (tracing, LSM, struct_ops, extension).</exception>
    /// <exception cref="BpfException">A privilege is missing, so that the kernel does not say.</exception>
    public static bool HasHelper(ProgramType type, int helper) =>
        FeatureCache.Get((type, helper), static key => ProgramProbe.RunHelper(key.type, key.helper));

    /// <summary>Whether the kernel, or a module that is loaded, has a function that programs may call (a kfunc). Which program types may is decided when one is loaded.</summary>
    /// <param name="name">The function's name.</param>
    public static bool HasKernelFunction(string name)
    {
        if (!HasKernelBtf) return false;
        return FeatureCache.Get(name, static n =>
        {
            using KernelBtf kernel = new();
            byte[] bytes = Encoding.UTF8.GetBytes(n);
            return kernel.InOrder().Any(btf => btf.Find(RawType.Function, bytes) != 0);
        });
    }
}
