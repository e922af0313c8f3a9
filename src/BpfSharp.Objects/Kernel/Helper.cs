using System.Collections.Immutable;

namespace BpfSharp.Objects.Kernel;

/// <summary>A function that the kernel offers to programs under a fixed number (<c>enum bpf_func_id</c>).</summary>
/// <param name="Id">The immediate of the call.</param>
/// <param name="Name">The kernel's name, with <c>bpf_</c>.</param>
/// <param name="Since">The first kernel that has it for some program type; <see cref="SinceFor"/> says it for one.</param>
/// <param name="Flags">Restrictions.</param>
/// <param name="Returns">What it returns.</param>
/// <param name="Arguments">What it takes, at most five; <see cref="ArgumentsFor"/> says it for one program type.</param>
/// <param name="ProgramTypes">
/// The program types that may call it, as of kernel 6.12, for some attach type. An extension (<c>freplace</c>) may call what the replaced function may.
/// </param>
public sealed record Helper(
    int Id,
    string Name,
    KernelVersion Since,
    HelperFlags Flags,
    HelperReturn Returns,
    ImmutableArray<HelperArgument> Arguments,
    ProgramTypeSet ProgramTypes)
{
    /// <summary>Whether a program needs a licence compatible with the GPL to call it.</summary>
    public bool IsGplOnly => (Flags & HelperFlags.Gpl) != 0;

    /// <summary>Whether only sleepable programs may call it.</summary>
    public bool MightSleep => (Flags & HelperFlags.MightSleep) != 0;

    /// <summary>The first kernel on which a program of a type may call it.</summary>
    /// <returns>The kernel (a later one where the first is not known for sure); null if no kernel up to 6.12 lets such programs call it.</returns>
    public KernelVersion? SinceFor(ProgramType type)
    {
        if (!ProgramTypes.Contains(type))
            return null;
        KernelVersion since = KernelVersion.Max(Since, Kernel.ProgramTypes.Since(type));
        foreach (HelperOffer offer in HelperOffers.All)
        {
            if (offer.Name == Name && offer.Types.Contains(type))
                since = KernelVersion.Max(since, offer.Since);
        }
        return since;
    }

    /// <summary>Whether a program of a type may call it on every kernel from <paramref name="minimum"/> on.</summary>
    public bool IsAvailable(ProgramType type, KernelVersion minimum) => SinceFor(type) is { } since && since <= minimum;

    /// <summary>What it takes when a program of a type calls it: some programs pass their context where others pass a socket.</summary>
    public ImmutableArray<HelperArgument> ArgumentsFor(ProgramType type)
    {
        foreach (HelperVariant variant in HelperOffers.Variants)
        {
            if (variant.Name == Name && variant.Types.Contains(type))
                return variant.Arguments;
        }
        return Arguments;
    }

    /// <summary>Whether both describe the same helper in the same way.</summary>
    public bool Equals(Helper? other) =>
        other is not null && Id == other.Id && Name == other.Name && Since == other.Since && Flags == other.Flags && Returns == other.Returns
        && ProgramTypes == other.ProgramTypes && Arguments.SequenceEqual(other.Arguments);

    /// <inheritdoc/>
    public override int GetHashCode() => Id;
}

/// <summary>Program types that were offered a helper later than others.</summary>
/// <param name="Name">The helper.</param>
/// <param name="Since">The first kernel that offers it to <paramref name="Types"/>.</param>
/// <param name="Types">The program types.</param>
internal sealed record HelperOffer(string Name, KernelVersion Since, ProgramTypeSet Types);

/// <summary>Program types for which a helper takes other arguments.</summary>
/// <param name="Name">The helper.</param>
/// <param name="Types">The program types.</param>
/// <param name="Arguments">What it takes.</param>
internal sealed record HelperVariant(string Name, ProgramTypeSet Types, ImmutableArray<HelperArgument> Arguments);
