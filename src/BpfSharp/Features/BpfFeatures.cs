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
