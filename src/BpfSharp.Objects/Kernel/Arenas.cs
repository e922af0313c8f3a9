namespace BpfSharp.Objects.Kernel;

/// <summary>How objects refer to an arena.</summary>
public static class Arenas
{
    /// <summary>The section of what is in an arena (address space 1, as clang calls it): a relocation against it is an address in the object's one arena.</summary>
    public const string Section = ".addr_space.1";

    /// <summary>The variable at the start of an arena whose pages must all be there when programs run. The loader makes them.</summary>
    public const string Whole = "__arena_start";

    /// <summary>Bytes of a page by which programs count, whatever the kernel's pages are: those are no smaller.</summary>
    public const int PageSize = 4096;

    /// <summary>
    /// The most bytes that an arena may have: 4 GiB but for a page of the largest kind. Programs see the lower 32 bits of addresses, and the first element's must not look like null.
    /// </summary>
    public const long MaximumSize = (1L << 32) - (64 << 10);

    /// <summary>How many elements of a size an arena of so many pages holds.</summary>
    public static uint Count(uint pages, int elementSize) => (uint)Math.Min(uint.MaxValue, (long)pages * PageSize / elementSize);
}
