using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelTypes;

/// <summary>Values whose names C does not have.</summary>
internal enum Größe
{
    Groß = 3,
    Größer,
}

/// <summary>A pair; of pairs of pairs its name is longer than kernels take.</summary>
internal struct PaarVonWertenDerenNamenMitDemTypDerWerteSehrLangWerden<T> where T : unmanaged
{
    public T Länge;
    public T @struct;
    public Größe Maß;
}

/// <summary>A program whose types, members, functions and variables have names that are legal in C# and not in C, or become too long.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Zähler
{
    internal static long übrig;

    [BpfMap(MaxEntries = 4)]
    static partial HashMap<int, PaarVonWertenDerenNamenMitDemTypDerWerteSehrLangWerden<PaarVonWertenDerenNamenMitDemTypDerWerteSehrLangWerden<PaarVonWertenDerenNamenMitDemTypDerWerteSehrLangWerden<int>>>> Cases { get; }

    [BpfProgram(BpfHook.Syscall)]
    static int Count(SyscallContext<PaarVonWertenDerenNamenMitDemTypDerWerteSehrLangWerden<long>> ctx)
    {
        PaarVonWertenDerenNamenMitDemTypDerWerteSehrLangWerden<PaarVonWertenDerenNamenMitDemTypDerWerteSehrLangWerden<PaarVonWertenDerenNamenMitDemTypDerWerteSehrLangWerden<int>>> fall = default;
        fall.Länge.@struct.Länge = (int)Doppelt(ctx.Value.@struct);
        fall.Maß = ctx.Value.Maß == Größe.Groß ? Größe.Größer : Größe.Groß;
        übrig += ctx.Value.Länge;
        return Cases.TryAdd(1, fall) ? 0 : 1;
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    static long Doppelt(long zahl) => zahl * 2 + übrig;
}
