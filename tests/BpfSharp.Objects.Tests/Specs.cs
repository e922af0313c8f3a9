using System.Collections.Immutable;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Objects.Tests;

/// <summary>Specifications as a compiler makes them.</summary>
internal static class Specs
{
    /// <summary>An object that uses everything a specification can say.</summary>
    public static ObjectSpec Everything()
    {
        var btf = new BtfBuilder();
        int u32 = btf.Add(new BtfInt("uint", 4, BtfIntEncoding.None, 32));
        int u64 = btf.Add(new BtfInt("ulong", 8, BtfIntEncoding.None, 64));
        int i32 = btf.Add(new BtfInt("int", 4, BtfIntEncoding.Signed, 32));
        int key = btf.Add(new BtfStruct("Key", false, 8, [new("pid", u32, 0), new("flags", u32, 32, 3)]));
        int context = btf.Add(new BtfPointer(0));
        int programType = btf.Add(new BtfPrototype(i32, [new("ctx", context)]));
        int subType = btf.Add(new BtfPrototype(i32, [new("x", i32)]));
        int count = btf.Add(new BtfFunction("Count", programType, BtfLinkage.Global));
        int other = btf.Add(new BtfFunction("Other", programType, BtfLinkage.Global));
        int filter = btf.Add(new BtfFunction("Filter", programType, BtfLinkage.Global));
        int helper = btf.Add(new BtfFunction("helper", subType, BtfLinkage.Static));
        int visible = btf.Add(new BtfFunction("visible", subType, BtfLinkage.Global));
        int kernelFunction = btf.Add(new BtfFunction("kernel_function", subType, BtfLinkage.Extern));
        btf.Add(new BtfDataSection(".ksyms", 0, [new(kernelFunction, 0, 0)]));
        int dropped = btf.Add(new BtfVariable("dropped", u64, BtfLinkage.Global));
        int hidden = btf.Add(new BtfVariable("hidden", u32, BtfLinkage.Static));
        int bss = btf.Add(new BtfDataSection(".bss", 12, [new(dropped, 0, 8), new(hidden, 8, 4)]));
        int only = btf.Add(new BtfVariable("OnlyPid", btf.Add(new BtfQualified(BtfQualifier.Const, u32)), BtfLinkage.Global));
        int rodata = btf.Add(new BtfDataSection(".rodata", 4, [new(only, 0, 4)]));

        Instruction exit = Instruction.Create(Opcode.Exit, 0, 0, 0, 0);
        return new ObjectSpec
        {
            License = "GPL",
            KernelVersion = 0x060100,
            Btf = btf.Build(),
            WeakExterns = ["weak_symbol"],
            Functions =
            [
                new FunctionSpec
                {
                    Name = "helper",
                    Section = ".text",
                    IsGlobal = false,
                    BtfTypeId = helper,
                    Instructions = [Move(0, 1), exit],
                    Lines = [new(0, "Program.cs", 3, 5, "    return x;")],
                },
                new FunctionSpec
                {
                    Name = "visible",
                    Section = ".text",
                    BtfTypeId = visible,
                    Instructions = [Call, Call, exit],
                    Relocations = [new(0, RelocationKind.Call, "helper", 0), new(1, RelocationKind.Extern, "kernel_function", 0)],
                },
                new FunctionSpec
                {
                    Name = "Count",
                    Section = "tracepoint/raw_syscalls/sys_enter",
                    BtfTypeId = count,
                    Instructions =
                    [
                        Load(1), default, Load(2), default, Load(3), default, Load(4), default, Load(5), default, Load(6), default, Call, Call,
                        exit,
                    ],
                    Relocations =
                    [
                        new(0, RelocationKind.Map, "Counts", 0),
                        new(2, RelocationKind.Data, ".bss", 0),
                        new(4, RelocationKind.Data, ".bss", 8),
                        new(6, RelocationKind.Data, ".rodata", 2),
                        new(8, RelocationKind.Function, "helper", 0),
                        new(10, RelocationKind.Extern, "weak_symbol", 0),
                        new(12, RelocationKind.Call, "helper", 0),
                        new(13, RelocationKind.Call, "visible", 0),
                    ],
                    CoreRelocations = [new(0, key, "0:1", CoreRelocationKind.FieldByteOffset), new(14, key, "0", CoreRelocationKind.TypeMatches)],
                    Lines = [new(0, "Program.cs", 10, 9, "        Counts[0]++;"), new(14, "Other.cs", 4_194_303, 1023, "}")],
                },
                new FunctionSpec
                {
                    Name = "Other",
                    Section = "tracepoint/raw_syscalls/sys_enter",
                    BtfTypeId = other,
                    Instructions = [Load(1), default, exit],
                    Relocations = [new(0, RelocationKind.Function, "visible", 0)],
                    Lines = [new(0, "Program.cs", 20, 1, "")],
                },
                new FunctionSpec { Name = "Filter", Section = "xdp", BtfTypeId = filter, Instructions = [Move(0, 1), exit] },
            ],
            Maps =
            [
                new MapSpec
                {
                    Name = "Counts",
                    Type = MapType.Hash,
                    KeySize = 8,
                    KeyTypeId = key,
                    ValueSize = 8,
                    ValueTypeId = u64,
                    MaxEntries = 10240,
                    Flags = 1,
                    Pinning = MapPinning.ByName,
                },
                new MapSpec { Name = "Sizes", Type = MapType.LruHash, KeySize = 12, ValueSize = 3, MaxEntries = uint.MaxValue, NumaNode = 1 },
                new MapSpec { Name = "Events", Type = MapType.RingBuffer, MaxEntries = 1 << 20 },
                new MapSpec { Name = "Memory", Type = MapType.Arena, MaxEntries = 16, Flags = 1 << 10, Extra = 1ul << 44 },
                new MapSpec { Name = "Bloom", Type = MapType.BloomFilter, ValueSize = 4, ValueTypeId = u32, MaxEntries = 5, Extra = 3 },
                new MapSpec
                {
                    Name = "Outer",
                    Type = MapType.HashOfMaps,
                    KeySize = 4,
                    KeyTypeId = u32,
                    ValueSize = 4,
                    MaxEntries = 2,
                    Inner = new MapSpec
                    {
                        Name = "Outer.inner",
                        Type = MapType.Array,
                        KeySize = 4,
                        KeyTypeId = u32,
                        ValueSize = 8,
                        ValueTypeId = u64,
                        MaxEntries = 1,
                    },
                    Values = ["", "First", "", "First"],
                },
                new MapSpec { Name = "First", Type = MapType.Array, KeySize = 4, KeyTypeId = u32, ValueSize = 8, ValueTypeId = u64, MaxEntries = 1 },
                new MapSpec
                {
                    Name = "Programs",
                    Type = MapType.ProgramArray,
                    KeySize = 4,
                    ValueSize = 4,
                    MaxEntries = 3,
                    Values = ["Count", "", "Other"],
                },
            ],
            DataSections =
            [
                new DataSectionSpec
                {
                    Name = ".bss",
                    Content = ImmutableArray.Create(new byte[12]),
                    Variables = [new("dropped", 0, 8), new("hidden", 8, 4)],
                    BtfTypeId = bss,
                },
                new DataSectionSpec { Name = ".rodata", Content = [1, 2, 3, 4], Variables = [new("OnlyPid", 0, 4)], BtfTypeId = rodata },
                new DataSectionSpec { Name = ".data.extra", Content = [7] },
                new DataSectionSpec
                {
                    Name = ".struct_ops",
                    Content = ImmutableArray.Create(new byte[16]),
                    Variables = [new("table", 0, 16)],
                    Relocations = [new(8, "Filter")],
                },
            ],
        };
    }

    private static Instruction Call => Instruction.Create(Opcode.Call, 0, PseudoSource.Call, 0, -1);

    private static Instruction Load(int register) => Instruction.Create(Opcode.LoadImmediate64, register, 0, 0, 0);

    private static Instruction Move(int destination, int source) =>
        Instruction.Create(OpcodeClass.Alu64 | AluOperation.Move | OperandSource.Register, destination, source, 0, 0);
}
