using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Features;

/// <summary>Loads the smallest program with a feature of the instruction set.</summary>
internal static class InstructionProbe
{
    private static readonly Instruction Zero = Instruction.Create(0xb7, 0, 0, 0, 0), Exit = Instruction.Create(0x95, 0, 0, 0, 0);

    // *(u64 *)(r10 - 8) = 0, so that there is memory to work on.
    private static readonly Instruction Word = Instruction.Create(0x7a, 10, 0, -8, 0);

    private static readonly Dictionary<BpfInstructionFeature, (KernelVersion Since, Func<Instruction[]> Program)> Features = new()
    {
        // if r0 < 0 goto +0
        [BpfInstructionFeature.Version2] = (new(4, 14), static () => [Zero, Instruction.Create(0xa5, 0, 0, 0, 0), Exit]),
        // if w0 == 0 goto +0
        [BpfInstructionFeature.Version3] = (new(5, 1), static () => [Zero, Instruction.Create(0x16, 0, 0, 0, 0), Exit]),
        [BpfInstructionFeature.LargePrograms] = (new(5, 2), static () => [.. Enumerable.Repeat(Zero, 4096), Exit]),
        // r0 += 1; if r0 != 3 goto -2
        [BpfInstructionFeature.BoundedLoops] = (new(5, 3), static () => [Zero, Instruction.Create(0x07, 0, 0, 0, 1), Instruction.Create(0x55, 0, 0, -2, 3), Exit]),
        // r0 = atomic_fetch_add((u64 *)(r10 - 8), r0)
        [BpfInstructionFeature.AtomicFetch] = (new(5, 12), static () => [Zero, Word, Instruction.Create(0xdb, 10, 0, -8, 1), Exit]),
        // r0 = (s8)r0
        [BpfInstructionFeature.Version4] = (new(6, 6), static () => [Zero, Instruction.Create(0xbf, 0, 0, 8, 0), Exit]),
        // may_goto +1; goto -2
        [BpfInstructionFeature.MayGoto] = (new(6, 9), static () => [Zero, Instruction.Create(0xe5, 0, 0, 1, 0), Instruction.Create(0x05, 0, 0, -2, 0), Exit]),
        // r0 = load_acquire((u64 *)(r10 - 8))
        [BpfInstructionFeature.LoadAcquire] = (new(6, 15), static () => [Word, Instruction.Create(0xdb, 0, 10, -8, 0x100), Zero, Exit]),
    };

    /// <summary>The first kernel with a feature.</summary>
    public static KernelVersion Since(BpfInstructionFeature feature) => Features[feature].Since;

    /// <summary>Whether the kernel takes the program.</summary>
    public static bool Run(BpfInstructionFeature feature)
    {
        int result = ProgramProbe.Load(ProgramType.SocketFilter, 0, 0, Features[feature].Program(), out string log);
        ProgramProbe.CheckPrivilege(result, log, $"whether it has {feature}");
        return result >= 0;
    }
}
