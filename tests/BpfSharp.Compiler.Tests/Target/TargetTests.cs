using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Target;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;
using BpfSharp.Testing;

namespace BpfSharp.Compiler.Tests.Target;

/// <summary>What the code generator must do, and must not, for the verifier and for the size of the code.</summary>
public sealed class TargetTests
{
    // (uint)ctx64, and what verifiers before Linux 6.10 know as little of, though its upper half is zero.
    [Theory]
    [InlineData(Op.Trunc)]
    [InlineData(Op.Or)]
    [InlineData(Op.Xor)]
    [InlineData(Op.Mul)]
    public void TheRegisterThatIsComparedIsTheOneThatAddresses(Op operation)
    {
        // index = …; if (index < 8) return value[index]: one register is cleared, compared and added.
        (Function function, FunctionBuilder b) = Program();
        Value context = b.Parameter(0);
        Value pointer = b.CallHelper(1, IrType.Pointer(Region.MapValue), b.MapAddress("m"), b.Address(Key(b)));
        Block found = b.NewBlock(), inside = b.NewBlock(), outside = b.NewBlock();
        b.Branch(b.Compare(Op.Ne, pointer, b.Null(Region.MapValue)), found, outside);
        b.Continue(found);
        Value index = operation == Op.Trunc ? b.Add(Op.Trunc, IrType.I32, b.Load(IrType.I64, Access.U64, context, 0))
            : b.Add(operation, IrType.I32, b.Load(IrType.I32, Access.U32, context, 0), b.Load(IrType.I32, Access.U32, context, 4));
        b.Branch(b.Compare(Op.ULt, index, b.Const32(8)), inside, outside);
        b.Continue(inside);
        b.Return(b.Load(IrType.I32, Access.U8, b.PtrAdd(pointer, b.Add(Op.ZExt32, IrType.I64, index))));
        b.Continue(outside);
        b.Return(b.Const32(0));

        List<Instruction> code = Code(function, Map());
        Instruction clear = Assert.Single(code, static i => i.Code == (OpcodeClass.Alu32 | AluOperation.Move | OperandSource.Register));
        Instruction compare = Assert.Single(code, static i => i.Class == OpcodeClass.Jump32);
        Assert.Equal(clear.Destination, compare.Destination);
        Instruction add = Assert.Single(code, static i => i.Code == (OpcodeClass.Alu64 | AluOperation.Add | OperandSource.Register));
        Assert.Contains(clear.Destination, new[] { add.Destination, add.Source });
    }

    [Theory]
    [InlineData(Region.MapValue, Region.MapValue, true)]
    [InlineData(Region.MapValue, Region.Packet, false)]
    [InlineData(Region.Btf, Region.Btf, false)]
    public void TailsAreSharedOnlyThroughPointersOfOneKind(Region left, Region right, bool isShared)
    {
        MachineFunction machine = new(new Function("f"));
        MachineBlock head = new(0), a = Tail(1, left), b = Tail(2, right);
        head.Instructions.Add(new MachineInstruction { Code = OpcodeClass.Jump | JumpOperation.Equal, Destination = 1, Target = a });
        head.Successors.AddRange([a, b]);
        machine.Blocks.AddRange([head, a, b]);
        TailMerging.Run(machine);
        Layout.SkipEmptyBlocks(machine);
        int stores = machine.Blocks.SelectMany(static m => m.Instructions).Count(static i => i.Class == OpcodeClass.StoreIndirect);
        Assert.Equal(isShared ? 1 : 2, stores);

        static MachineBlock Tail(int index, Region region)
        {
            MachineBlock block = new(index);
            block.Instructions.Add(new MachineInstruction { Code = OpcodeClass.Alu64 | AluOperation.Move, Destination = 3, Immediate = index });
            block.Instructions.Add(new MachineInstruction { Code = OpcodeClass.LoadIndirect | MemoryMode.Memory, Destination = 0, Source = 2, Region = region });
            block.Instructions.Add(new MachineInstruction { Code = OpcodeClass.StoreIndirect | MemoryMode.Memory, Destination = 2, Source = 3, Region = region });
            block.Instructions.Add(new MachineInstruction { Code = Opcode.Exit });
            return block;
        }
    }

    [Fact]
    public void ACallIsNotSharedWithoutTheMapItTakes()
    {
        MachineFunction machine = new(new Function("f"));
        MachineBlock head = new(0), a = Tail(1, "first"), b = Tail(2, "second");
        head.Instructions.Add(new MachineInstruction { Code = OpcodeClass.Jump | JumpOperation.Equal, Destination = 1, Target = a });
        head.Successors.AddRange([a, b]);
        machine.Blocks.AddRange([head, a, b]);
        TailMerging.Run(machine);
        Layout.SkipEmptyBlocks(machine);
        Assert.Equal(2, machine.Blocks.SelectMany(static m => m.Instructions).Count(static i => i.IsCall));

        static MachineBlock Tail(int index, string map)
        {
            MachineBlock block = new(index);
            block.Instructions.Add(new MachineInstruction { Code = Opcode.LoadImmediate64, Destination = 1, Symbol = map, Relocation = RelocationKind.Map });
            block.Instructions.Add(new MachineInstruction { Code = Opcode.Call, Source = 0, Immediate = 1, CallArguments = 2 });
            block.Instructions.Add(new MachineInstruction { Code = OpcodeClass.Alu64 | AluOperation.Move, Destination = 0 });
            block.Instructions.Add(new MachineInstruction { Code = Opcode.Exit });
            return block;
        }
    }

    [Fact]
    public void AZeroThatIsThereIsNotMadeAgain()
    {
        // if (lookup(...) == null) return 0: r0 is 0 then.
        (Function function, FunctionBuilder b) = Program();
        Value pointer = b.CallHelper(1, IrType.Pointer(Region.MapValue), b.MapAddress("m"), b.Address(Key(b)));
        Block found = b.NewBlock(), absent = b.NewBlock();
        b.Branch(b.Compare(Op.Ne, pointer, b.Null(Region.MapValue)), found, absent);
        b.Continue(found);
        b.Return(b.Load(IrType.I32, Access.U32, pointer));
        b.Continue(absent);
        b.Return(b.Const32(0));
        Assert.DoesNotContain(Code(function, Map()), static i => i.IsAlu && i.Operation == AluOperation.Move && i.Destination == 0 && i.Immediate == 0 && (i.Code & OperandSource.Register) == 0);
    }

    [Fact]
    public void FourValuesLiveAcrossACallInRegistersAndTheOthersInAlignedSlots()
    {
        (Function function, FunctionBuilder b) = Program();
        Value context = b.Parameter(0);
        List<Value> values = [.. Enumerable.Range(0, 12).Select(i => b.Load(IrType.I64, Access.U32, context, 4 * i))];
        Value sum = b.CallHelper(7, IrType.I64);
        foreach (Value value in values) sum = b.Binary(Op.Add, b.Binary(Op.Mul, sum, b.Const64(3)), value);
        b.Return(b.Add(Op.Trunc, IrType.I32, sum));
        ObjectSpec spec = Compile(function, Map());
        List<Instruction> spills = [.. spec.Functions[0].Instructions.Where(static i => i.Class == OpcodeClass.StoreIndirect && i.Destination == 10)];
        Assert.Equal(12 - 4, spills.Count);
        Assert.All(spills, static i => Assert.Equal((MemorySize.DoubleWord, 0), (i.Code & 0x18, i.Offset % 8)));
        BpfVirtualMachine machine = new(spec, static (_, _, _) => 5);
        byte[] input = [.. Enumerable.Range(1, 48).Select(static i => (byte)(i * 37))];
        ulong expected = Enumerable.Range(0, 12).Aggregate(5UL, (s, i) => (s * 3) + BitConverter.ToUInt32(input, 4 * i));
        Assert.Equal((uint)expected, (uint)machine.Run("f", BpfVirtualMachine.AddressOf(machine.AddArea(input))));
    }

    [Fact]
    public void TooLargeAFrameIsSaidWithItsLargestVariables()
    {
        (Function function, FunctionBuilder b) = Program();
        foreach ((string name, int size) in new[] { ("small", 16), ("table", 400), ("names", 200) })
        {
            Value address = b.Address(b.Function.AddSlot(size, 8, name));
            b.Zero(address, size);
            b.CallHelper(6, IrType.I64, address, b.Const64(size));
        }
        for (int i = 0; i < 3; i++) b.CallHelper(6, IrType.I64, b.Address(b.Function.Slots[i]), b.Const64(8));
        b.Return(b.Const32(0));
        Module module = new() { License = "GPL" };
        module.Functions.Add(function);
        CompilerDiagnostic diagnostic = Assert.Single(BpfCompiler.Compile(module, new CompilerOptions()).Diagnostics);
        Assert.Equal("BPF0501", diagnostic.Id);
        Assert.StartsWith("table (400 bytes), names (200 bytes)", diagnostic.Arguments[2], StringComparison.Ordinal);
    }

    private static (Function, FunctionBuilder) Program()
    {
        Function function = new("f") { Section = "socket", ReturnType = IrType.I32 };
        function.Parameters.Add(new Parameter(IrType.Pointer(Region.Context), "ctx"));
        return (function, new FunctionBuilder(function));
    }

    private static Slot Key(FunctionBuilder b)
    {
        Slot key = b.Function.AddSlot(4, 4, "key");
        b.Store(Access.U32, b.Address(key), b.Const32(0));
        return key;
    }

    private static MapSpec Map() => new() { Name = "m", Type = Objects.Kernel.MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };

    private static ObjectSpec Compile(Function function, MapSpec map)
    {
        Module module = new();
        module.Maps.Add(map);
        module.Functions.Add(function);
        return BpfCompiler.Compile(module, new CompilerOptions { InstructionSet = 3, CheckAfterEveryPass = true }).Object!;
    }

    private static List<Instruction> Code(Function function, MapSpec map) => [.. Compile(function, map).Functions[0].Instructions];
}
