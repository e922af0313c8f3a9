using System.Runtime.CompilerServices;
using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Programs that work on elements of an arena.</summary>
[BpfObject(License = "GPL", MinimumKernel = "6.10", CountFaults = true)]
internal sealed partial class ArenaPrograms
{
    // Of no size that divides a page's, so that elements lie across pages.
    internal struct Node
    {
        public ulong Hits;
        public long Total;
        public int Signed;
        public short Short;
        public sbyte Tiny;
        public byte Flags;
        public uint Next;
        public Block Copy;
        public Rest Rest;
        public Head Head;
    }

    internal struct Head
    {
        public int Signed;
        public short Short;
        public sbyte Tiny;
        public Block Copy;
    }

    [InlineArray(16)]
    internal struct Block
    {
        private byte _first;
    }

    [InlineArray(1000)]
    internal struct Rest
    {
        private uint _first;
    }

    internal struct Key
    {
        public uint Next;
        public int Signed;
    }

    [BpfMap(MaxEntries = 10)]
    internal static partial Arena<Node> Nodes { get; }

    [BpfMap(MaxEntries = 16)]
    internal static partial HashMap<Block, Key> Seen { get; }

    internal static uint index;
    internal static uint at;
    internal static int delta;
    internal static long sum;
    internal static uint steps;

    [BpfProgram(BpfHook.SocketFilter)]
    internal static int Touch(SocketFilterContext ctx)
    {
        ref Node node = ref Nodes[index];
        node.Hits++;
        Interlocked.Add(ref node.Total, delta);
        node.Signed -= delta;
        node.Short = (short)(node.Signed * 3);
        node.Tiny = (sbyte)(node.Tiny - 5);
        node.Flags ^= 0x81;
        node.Rest[(int)at] += 7;
        // Helpers take no memory of arenas: these go through the stack.
        if (ctx.TryLoad(4, out node.Copy)) Seen.Set(node.Copy, new Key { Next = node.Next, Signed = node.Signed });
        return node.Short + node.Tiny;
    }

    /// <summary>Follows a list through its indices.</summary>
    [BpfProgram(BpfHook.SocketFilter)]
    internal static int Walk(SocketFilterContext ctx)
    {
        uint next = index;
        foreach (uint i in Bpf.Range(100))
        {
            if (!Nodes.TryGetRef(next, out Ref<Node> node)) break;
            steps++;
            sum += node.Value.Total + node.Value.Tiny;
            node.Value.Hits = (ulong)Interlocked.Exchange(ref node.Value.Total, i);
            next = node.Value.Next;
        }

        return (int)Nodes.Length;
    }

    /// <summary>Calls a function that does not know what its reference points into.</summary>
    [BpfProgram(BpfHook.SocketFilter)]
    internal static int TouchFar(SocketFilterContext ctx)
    {
        ref Head head = ref Nodes[index].Head;
        return (Far(ctx, ref head) * 31) + Far(ctx, ref Nodes[at % Nodes.Length].Head);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Far(SocketFilterContext ctx, ref Head head)
    {
        head.Signed += head.Tiny * head.Short;
        return ctx.TryLoad(8, out head.Copy) ? head.Copy[0] - head.Tiny : 1;
    }

    /// <summary>Copies an element, which is larger than the stack, piece by piece.</summary>
    [BpfProgram(BpfHook.SocketFilter)]
    internal static int CopyOver(SocketFilterContext ctx)
    {
        ref Node from = ref Nodes[index], to = ref Nodes[at];
        foreach (uint i in Bpf.Range(1000)) to.Rest[(int)i] = from.Rest[(int)i];
        to.Copy = from.Copy;
        (to.Next, from.Next) = (from.Next, to.Next);
        return to.Copy[3];
    }
}
