using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Tests.Random;

/// <summary>Makes programs in which one thing follows from another as often as a given number says: whoever follows that by calling itself needs as much stack.</summary>
public static class DeepFunctions
{
    /// <summary>The shapes by name.</summary>
    public static readonly Dictionary<string, Func<int, Module>> Shapes = new()
    {
        ["moves"] = static n => Moves(n, static (_, _, moved) => moved),
        ["moves under conditions"] = static n => Moves(n, static (b, cursor, moved) => Choice(b, cursor, moved)),
        ["choices of references"] = Choices,
        ["conditions"] = Conditions,
        ["conversions"] = Conversions,
        ["numbers under conditions"] = Numbers,
        ["calls"] = Calls,
        ["calls in a loop"] = CallsInALoop,
        ["copies of references"] = Copies,
        ["members"] = Members,
    };

    /// <summary>A cursor that is moved on by a number of the packet each time.</summary>
    private static Module Moves(int count, Func<FunctionBuilder, Value, Value, Value> choose)
    {
        (Module module, FunctionBuilder b) = Start();
        (Value start, Value end, Block outside) = Packet(b);
        Value cursor = start;
        for (int i = 0; i < count; i++)
        {
            Value by = b.Binary(Op.And, b.Load(IrType.I32, Access.U16, start), b.Const32(7));
            Value moved = choose(b, cursor, b.PtrAdd(cursor, b.Add(Op.ZExt32, IrType.I64, by)));
            Check(b, moved, end, outside);
            cursor = moved;
        }
        b.Return(b.Load(IrType.I32, Access.U8, cursor));
        return Leave(module, b, outside);
    }

    /// <summary>A reference to a place of a packet that varies, or to a variable, which is kept or not, each time.</summary>
    private static Module Choices(int count)
    {
        (Module module, FunctionBuilder b) = Start();
        (Value start, _, Block outside) = Packet(b);
        Value reference = b.PtrAdd(start, b.Add(Op.ZExt32, IrType.I64, b.Binary(Op.And, b.Load(IrType.I32, Access.U8, start), b.Const32(3))));
        for (int i = 0; i < count; i++) reference = Choice(b, reference, b.Address(b.Function.AddSlot(8, 8)), IrType.Pointer());
        b.Return(b.Load(IrType.I32, Access.U8, reference));
        return Leave(module, b, outside);
    }

    private static Module Conditions(int count)
    {
        (Module module, FunctionBuilder b) = Start();
        (Value start, _, Block outside) = Packet(b);
        Value all = b.Compare(Op.ULt, b.Load(IrType.I32, Access.U8, start), b.Const32(9));
        for (int i = 0; i < count; i++) all = b.Binary(Op.And, all, b.Compare(Op.ULt, b.Load(IrType.I32, Access.U8, start, i & 7), b.Const32(1 + (i & 0x7f))));
        Block inside = b.NewBlock();
        b.Branch(all, inside, outside);
        b.Continue(inside);
        b.Return(b.Const32(0));
        return Leave(module, b, outside);
    }

    private static Module Conversions(int count)
    {
        (Module module, FunctionBuilder b) = Start();
        (Value start, _, Block outside) = Packet(b);
        Value number = b.Load(IrType.I64, Access.U8, start);
        for (int i = 0; i < count; i++)
        {
            Value half = b.Binary(Op.Add, b.Add(Op.Trunc, IrType.I32, number), b.Const32(1));
            number = b.Binary(Op.Add, b.Add(Op.ZExt32, IrType.I64, half), b.Const64(1));
        }
        Block inside = b.NewBlock();
        b.Branch(b.Compare(Op.ULt, number, b.Const64((2 * count) + 5)), inside, outside);
        b.Continue(inside);
        b.Return(b.Const32(0));
        return Leave(module, b, outside);
    }

    private static Module Numbers(int count)
    {
        (Module module, FunctionBuilder b) = Start();
        (Value start, _, Block outside) = Packet(b);
        Value number = b.CallHelper(7, IrType.I32);
        for (int i = 0; i < count; i++) number = Choice(b, number, b.CallHelper(7, IrType.I32));
        b.Store(Access.U64, start, b.Add(Op.ZExt32, IrType.I64, number));
        b.Return(b.Const32(0));
        return Leave(module, b, outside);
    }

    private static Module Calls(int count)
    {
        (Module module, FunctionBuilder b) = Start();
        b.Return(b.CallFunction("f0", IrType.I32));
        for (int i = 0; i < count; i++)
        {
            Function function = new($"f{i}") { ReturnType = IrType.I32, Inline = InlineHint.Never };
            module.Functions.Add(function);
            FunctionBuilder next = new(function);
            next.Return(i == count - 1 ? next.Const32(1) : next.CallFunction($"f{i + 1}", IrType.I32));
        }
        return module;
    }

    /// <summary>A loop to an end that is known at run time only, with a chain of calls in it.</summary>
    private static Module CallsInALoop(int count)
    {
        Module module = Calls(count);
        Function function = module.Functions[0];
        function.Blocks.Clear();
        FunctionBuilder b = new(function);
        (Value start, _, Block outside) = Packet(b);
        Value end = b.Binary(Op.And, b.Load(IrType.I32, Access.U8, start), b.Const32(15)), first = b.Const32(0);
        Block head = b.NewBlock(), body = b.NewBlock();
        b.Jump(head);
        b.Continue(head);
        Value counter = b.Add(Op.Phi, IrType.I32, first, first);
        b.Branch(b.Compare(Op.ULt, counter, end), body, outside);
        b.Continue(body);
        b.CallFunction("f0", IrType.I32);
        counter.Arguments[1] = b.Binary(Op.Add, counter, b.Const32(1));
        b.Jump(head);
        return Leave(module, b, outside);
    }

    private static Module Copies(int count)
    {
        (Module module, FunctionBuilder b) = Start();
        (Value start, _, Block outside) = Packet(b);
        Slot[] slots = [.. Enumerable.Range(0, count).Select(_ => b.Function.AddSlot(16, 8))];
        b.Store(Access.U64, b.Address(slots[count - 1]), start);
        for (int i = 0; i < count - 1; i++) b.Copy(b.Address(slots[i]), b.Address(slots[i + 1]), 16);
        b.Return(b.CallFunction("g", IrType.I32, b.Address(slots[0])));
        Function called = new("g") { ReturnType = IrType.I32, Inline = InlineHint.Never };
        called.Parameters.Add(new Parameter(IrType.Pointer(), "a"));
        module.Functions.Add(called);
        FunctionBuilder g = new(called);
        g.Return(g.Load(IrType.I32, Access.U8, g.Load(IrType.Pointer(Region.Packet), Access.U64, g.Parameter(0))));
        return Leave(module, b, outside);
    }

    private static Module Members(int count)
    {
        (Module module, FunctionBuilder b) = Start();
        const int CurrentTaskBtf = 158;
        Value address = b.Add(Op.KernelFollow, IrType.Pointer(Region.Btf), b.CallHelper(CurrentTaskBtf, IrType.Pointer(Region.Btf)));
        address.Access = Access.U64;
        for (int i = 0; i < count; i++)
        {
            address = b.Offset(address, 4);
            address.Core = new CoreAccess(1, "0:0", default);
        }
        Value read = b.Add(Op.KernelRead, IrType.I32, address);
        read.Access = Access.U32;
        b.Return(read);
        return module;
    }

    /// <summary>One of two values, as a number of the packet says.</summary>
    private static Value Choice(FunctionBuilder b, Value one, Value other, IrType? type = null)
    {
        Block then = b.NewBlock(), after = b.NewBlock();
        b.Branch(b.Compare(Op.ULt, b.CallHelper(7, IrType.I32), b.Const32(5)), then, after);
        b.Continue(then);
        b.Jump(after);
        b.Continue(after);
        Value phi = b.Add(Op.Phi, type ?? one.Type, one, other);
        return phi;
    }

    private static void Check(FunctionBuilder b, Value pointer, Value end, Block outside)
    {
        Block inside = b.NewBlock();
        b.Branch(b.Compare(Op.ULe, b.Offset(pointer, 8), end), inside, outside);
        b.Continue(inside);
    }

    private static (Value Start, Value End, Block Outside) Packet(FunctionBuilder b)
    {
        Value start = b.Load(IrType.Pointer(Region.Packet), Access.U32, b.Parameter(0)), end = b.Load(IrType.Pointer(Region.PacketEnd), Access.U32, b.Parameter(0), 4);
        Block outside = b.NewBlock();
        Check(b, start, end, outside);
        return (start, end, outside);
    }

    private static Module Leave(Module module, FunctionBuilder b, Block outside)
    {
        b.Continue(outside);
        b.Return(b.Const32(1));
        return module;
    }

    private static (Module Module, FunctionBuilder Builder) Start()
    {
        Module module = new() { License = "GPL" };
        Function function = new("f") { ReturnType = IrType.I32, Section = "xdp" };
        function.Parameters.Add(new Parameter(IrType.Pointer(Region.Context), "ctx"));
        module.Functions.Add(function);
        return (module, new FunctionBuilder(function));
    }
}
