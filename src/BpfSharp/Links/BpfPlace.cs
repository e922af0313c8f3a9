namespace BpfSharp;

/// <summary>Where a program stands among those of its hook: tcx and netkit (kernel 6.6 and 6.7), control groups (kernel 6.17). They run in order.</summary>
public sealed class BpfPlace
{
    private const uint BeforeFlag = 1 << 3, AfterFlag = 1 << 4, LinkFlag = 1 << 13; // BPF_F_BEFORE, BPF_F_AFTER, BPF_F_LINK
    private readonly BpfProgram? _program;
    private readonly BpfLink? _link;

    private BpfPlace(uint flags, BpfProgram? program = null, BpfLink? link = null) => (Flags, _program, _link) = (flags, program, link);

    /// <summary>Before all others that are attached now.</summary>
    public static BpfPlace First { get; } = new(BeforeFlag);

    /// <summary>Behind all others that are attached now.</summary>
    public static BpfPlace Last { get; } = new(AfterFlag);

    /// <summary>Directly before a program.</summary>
    public static BpfPlace Before(BpfProgram program) => Of(BeforeFlag, program);

    /// <summary>Directly behind a program.</summary>
    public static BpfPlace After(BpfProgram program) => Of(AfterFlag, program);

    /// <summary>Directly before a link's program.</summary>
    public static BpfPlace Before(BpfLink link) => Of(BeforeFlag, link);

    /// <summary>Directly behind a link's program.</summary>
    public static BpfPlace After(BpfLink link) => Of(AfterFlag, link);

    /// <summary>The kernel's flags.</summary>
    internal uint Flags { get; }

    /// <summary>The descriptor of the other program or link, 0 for none.</summary>
    internal int RelativeFd => _program?.Fd ?? _link?.Fd ?? 0;

    private static BpfPlace Of(uint flags, BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return new(flags, program);
    }

    private static BpfPlace Of(uint flags, BpfLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return new(flags | LinkFlag, link: link);
    }
}
