using BpfSharp.Analyzers.Frontend;
using BpfSharp.Compiler;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>Arenas: what becomes of them, and what is refused.</summary>
public class ArenaTests
{
    private const string Types = "public struct Node { public long Total; public short Small; public uint Next; } public struct Huge { public A64 A, B; } "
        + "[System.Runtime.CompilerServices.InlineArray(4000)] public struct A64 { byte e; } ";

    private const string Nodes = "[BpfMap(MaxEntries = 2)] static partial Arena<Node> Nodes { get; } static partial Arena<Node> Nodes => throw null!; ";

    private const string Other = "[BpfMap(MaxEntries = 2)] static partial ArrayMap<Node> Slots { get; } static partial ArrayMap<Node> Slots => throw null!; ";

    private const string Add = "[System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)] static int Add(ref Node n) => (int)n.Total++; ";

    [Theory]
    [InlineData("6.9")]
    [InlineData("6.12")]
    public void An_element_is_reached_by_a_cast_and_read_without_sign_extension(string minimum)
    {
        Compiled compiled = new($"{Types} [BpfObject(MinimumKernel = \"{minimum}\")] public static partial class T {{ {Nodes} static uint i; [BpfProgram(BpfHook.Xdp)] static int P(XdpContext c) => Nodes[i].Small; }}");
        Assert.Empty(compiled.Errors);
        ObjectSpec compiledObject = BpfCompiler.Compile(compiled.Lower().Module!, new CompilerOptions { CheckAfterEveryPass = true }).Object!;
        // As clang's objects: a relocation against what is in the arena, and addr_space_cast(r, 0, 1).
        FunctionSpec program = Assert.Single(compiledObject.Functions);
        RelocationSpec start = Assert.Single(program.Relocations, static r => r.Symbol == ".addr_space.1");
        Assert.Equal((RelocationKind.Data, 0), (start.Kind, start.Addend));
        const byte Move = 0xbf, LoadSigned = 0x80, ModeBits = 0xe0, LoadIndirect = 1, ClassBits = 7;
        Assert.Single(program.Instructions, static i => i.Code == Move && i.Offset == 1 && i.Immediate == 1);
        Assert.DoesNotContain(program.Instructions, static i => (i.Code & ClassBits) == LoadIndirect && (i.Code & ModeBits) == LoadSigned);
        MapSpec map = Assert.Single(compiledObject.Maps);
        Assert.Equal((0, 0, 2u, 1u << 10), (map.KeySize, map.ValueSize, map.MaxEntries, map.Flags));
        ObjectSpec read = ObjectReader.Read(ObjectWriter.Write(compiledObject));
        Assert.Equal([".addr_space.1", ".bss"], read.DataSections.Select(static s => s.Name).Order());
        Assert.Contains(read.Functions[0].Relocations, static r => r.Symbol == ".addr_space.1");
    }

    [Theory]
    [InlineData(null, "6.10", Nodes, "Interlocked.Add(ref Nodes[0].Total, 1);")]
    [InlineData("BPF0505: Interlocked on an arena, xdp, 6.10, 6.9", "6.9", Nodes, "Interlocked.Add(ref Nodes[0].Total, 1);")]
    [InlineData(null, "6.9", Nodes, "Nodes[0].Total++;")]
    [InlineData("BPF0520: Nodes, Arena, 6.9, 6.8", "6.8", Nodes, "")]
    [InlineData("BPF0523: More, Nodes", "6.9", Nodes + "[BpfMap(MaxEntries = 2)] static partial Arena<Node> More { get; } static partial Arena<Node> More => throw null!;", "")]
    [InlineData("BPF0524: Big, 1, Huge", "6.9", "[BpfMap(MaxEntries = 1)] static partial Arena<Huge> Big { get; } static partial Arena<Huge> Big => throw null!;", "")]
    [InlineData(null, "6.9", "[BpfMap(MaxEntries = 2)] static partial Arena<Huge> Big { get; } static partial Arena<Huge> Big => throw null!;", "Big[0].B[3]++;")]
    [InlineData("BPF0524: Big, 1048561, Huge", "6.9", "[BpfMap(MaxEntries = 1048561)] static partial Arena<Huge> Big { get; } static partial Arena<Huge> Big => throw null!;", "")]
    [InlineData(null, "6.9", "[BpfMap(MaxEntries = 1048560)] static partial Arena<Huge> Big { get; } static partial Arena<Huge> Big => throw null!;", "if (Big.TryGetRef(c.ReceiveQueue, out Ref<Huge> h)) h.Value.A[1] = 2;")]
    [InlineData("BPF0524: Bytes, 1048560, byte", "6.9", "[BpfMap(MaxEntries = 1048560)] static partial Arena<byte> Bytes { get; } static partial Arena<byte> Bytes => throw null!;", "")]
    [InlineData("BPF0525: The reference", "6.10", Nodes + Other, "ref Node n = ref Nodes[0]; if (c.ReceiveQueue == 3) n = ref Slots[1]; n.Total++;")]
    [InlineData("BPF0525: An argument of 'T_Add'", "6.10", Nodes + Other + Add, "return Add(ref Nodes[0]) + Add(ref Slots[0]);")]
    [InlineData("BPF0525: An argument of 'T_Add'", "6.10", Nodes + Other + Add + "[System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)] static int Via(ref Node n) => Add(ref n) * Add(ref n); ", "return Via(ref Nodes[0]) + Add(ref Slots[0]);")]
    [InlineData(null, "6.10", Nodes + Other + Add, "ref Node n = ref Nodes[0]; if (c.ReceiveQueue == 3) n = ref Nodes[1]; n.Total++; return Add(ref n) + Add(ref Nodes[1]) + (int)Slots[0].Total;")]
    [InlineData(null, "6.10", Nodes + Other, "Node n = c.ReceiveQueue == 3 ? Nodes[0] : Slots[0]; Slots[1].Total = n.Total;")]
    [InlineData("BPF0141: Locks", "6.9", "[BpfMap(MaxEntries = 1)] static partial Arena<BpfSpinLock> Locks { get; } static partial Arena<BpfSpinLock> Locks => throw null!;", "")]
    public void What_the_kernel_would_refuse(string? expected, string minimum, string maps, string body)
    {
        Compiled compiled = new($"{Types} [BpfObject(License = \"GPL\", MinimumKernel = \"{minimum}\")] public static partial class T {{ {maps} [BpfProgram(BpfHook.Xdp)] static int P(XdpContext c) {{ {body} return 1; }} }}");
        Assert.Empty(compiled.Errors);
        FrontendResult result = compiled.Lower();
        IEnumerable<string> found = result.Diagnostics.Any() ? result.Diagnostics.Select(static d => $"{d.Id}: {string.Join(", ", d.Arguments)}")
            : BpfCompiler.Compile(result.Module!, new CompilerOptions { CheckAfterEveryPass = true }).Diagnostics.Select(static d => $"{d.Id}: {string.Join(", ", d.Arguments)}");
        Assert.Equal(expected is null ? [] : [expected], found);
    }
}
