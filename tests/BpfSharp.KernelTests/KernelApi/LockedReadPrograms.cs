using System.Runtime.CompilerServices;
using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Words that are the same as long as nobody is in the middle of writing them.</summary>
internal struct Words
{
    public const int Count = 64;
    public BpfSpinLock Lock;
    public WordList List;

    [InlineArray(Count)]
    internal struct WordList
    {
        private long _first;
    }
}

/// <summary>A program that counts each word up under the lock.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class LockedReadPrograms
{
    [BpfMap(MaxEntries = 8)]
    internal static partial HashMap<uint, Words> Hash { get; }

    [BpfMap(MaxEntries = 8)]
    internal static partial ArrayMap<Words> Array { get; }

    [BpfMap(MaxEntries = 8)]
    internal static partial HashMap<uint, long> Free { get; }

    [BpfMap(MaxEntries = 8)]
    internal static partial ArrayMap<long> FreeArray { get; }

    [BpfMap]
    internal static partial SocketStorage<long> FreeSockets { get; }

    [BpfMap(MaxEntries = 8)]
    internal static partial LruHashMap<uint, long> Recent { get; }

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Count(XdpContext ctx)
    {
        if (!Hash.TryGetRef(1, out Ref<Words> words)) return XdpAction.Drop;
        CountUp(ref words.Value);
        CountUp(ref Array[1]);
        return XdpAction.Pass;
    }

    private static void CountUp(ref Words words)
    {
        using SpinLockScope held = words.Lock.Enter();
        for (int i = 0; i < Words.Count; i++) words.List[i]++;
    }
}
