using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler.Tests.Random;

/// <summary>Makes programs of about a given number of values, each shape hard on another part of the compiler.</summary>
public static class LargeFunctions
{
    /// <summary>The shapes by name.</summary>
    public static readonly Dictionary<string, Func<int, Module>> Shapes = new()
    {
        ["straight"] = Straight,
        ["branches"] = Branches,
        ["maps"] = Maps,
        ["copies"] = Copies,
        ["faults"] = Faults,
    };

    /// <summary>One block in which far more values are alive than there are registers.</summary>
    private static Module Straight(int values)
    {
        (Module module, FunctionBuilder b, System.Random random) = Start();
        List<Value> made = [b.Parameter(0)];
        for (int i = 0; i < values / 3; i++)
        {
            Value x = Recent(), y = b.Binary(Op.Xor, Recent(), b.Const64(random.Next(1000)));
            made.Add(b.Binary((Op)((int)Op.Add + random.Next(3)), x, y));
        }
        b.Return(made[^1]);
        return module;

        Value Recent() => made[Math.Max(0, made.Count - 1 - random.Next(12))];
    }

    /// <summary>A chain of conditions over a dozen variables.</summary>
    private static Module Branches(int values)
    {
        (Module module, FunctionBuilder b, System.Random random) = Start();
        Slot[] variables = [.. Enumerable.Range(0, 12).Select(i => b.Function.AddSlot(8, 8, $"v{i}"))];
        foreach (Slot variable in variables) b.Store(Access.U64, b.Address(variable), b.Parameter(0));
        for (int i = 0; i < values / 13; i++)
        {
            Block then = b.NewBlock(), after = b.NewBlock();
            b.Branch(b.Compare(Op.ULt, Any(), b.Const64(random.Next(10_000))), then, after);
            b.Continue(then);
            Value changed = b.Binary(Op.Add, b.Binary(Op.Mul, Any(), Any()), b.Const64(random.Next(100)));
            b.Store(Access.U64, b.Address(variables[random.Next(12)]), changed);
            b.Jump(after);
            b.Continue(after);
        }
        Value sum = b.Const64(0);
        foreach (Slot variable in variables) sum = b.Binary(Op.Add, sum, b.Load(IrType.I64, Access.U64, b.Address(variable)));
        b.Return(sum);
        return module;

        Value Any() => b.Load(IrType.I64, Access.U64, b.Address(variables[random.Next(12)]));
    }

    /// <summary>Look-ups in a map one after the other, each with its own key on the stack and its own check.</summary>
    private static Module Maps(int values)
    {
        (Module module, FunctionBuilder b, System.Random random) = Start();
        module.Maps.Add(new MapSpec { Name = "m", Type = MapType.Hash, KeySize = 8, ValueSize = 16, MaxEntries = 10 });
        Slot total = b.Function.AddSlot(8, 8, "total");
        b.Store(Access.U64, b.Address(total), b.Parameter(0));
        for (int i = 0; i < values / 19; i++)
        {
            Slot key = b.Function.AddSlot(8, 8, $"k{i}");
            Block found = b.NewBlock(), after = b.NewBlock();
            b.Store(Access.U64, b.Address(key), b.Binary(Op.Add, b.Load(IrType.I64, Access.U64, b.Address(total)), b.Const64(random.Next(1000))));
            Value entry = b.CallHelper(1, IrType.Pointer(Region.MapValue), b.MapAddress("m"), b.Address(key));
            b.Branch(b.Compare(Op.Ne, entry, b.Null(Region.MapValue)), found, after);
            b.Continue(found);
            b.Store(Access.U64, b.Address(total), b.Binary(Op.Add, b.Load(IrType.I64, Access.U64, entry), b.Load(IrType.I64, Access.U64, b.Address(total))));
            b.Jump(after);
            b.Continue(after);
        }
        b.Return(b.Load(IrType.I64, Access.U64, b.Address(total)));
        return module;
    }

    /// <summary>Structs that are copied from one variable to the next, as values of methods are.</summary>
    private static Module Copies(int values)
    {
        (Module module, FunctionBuilder b, System.Random random) = Start();
        Slot last = b.Function.AddSlot(24, 8, "s");
        b.Zero(b.Address(last), 24);
        for (int i = 0; i < values / 9; i++)
        {
            Slot next = b.Function.AddSlot(24, 8, $"s{i}");
            b.Copy(b.Address(next), b.Address(last), 24);
            int member = 8 * random.Next(3);
            Value changed = b.Binary(Op.Add, b.Load(IrType.I64, Access.U64, b.Address(next), member), b.Parameter(0));
            b.Store(Access.U64, b.Address(next), changed, member);
            last = next;
        }
        b.Return(b.Load(IrType.I64, Access.U64, b.Address(last), 8));
        return module;
    }

    /// <summary>Divisions by what is not known, each with its check: all lead to one and the same fault.</summary>
    private static Module Faults(int values)
    {
        (Module module, FunctionBuilder b, System.Random random) = Start();
        Block fault = b.NewBlock();
        Value given = b.Parameter(0), sum = given;
        for (int i = 0; i < values / 6; i++)
        {
            Block next = b.NewBlock();
            Value divisor = b.Binary(Op.Xor, sum, b.Const64(random.Next(1000)));
            b.Branch(b.Compare(Op.Ne, divisor, b.Const64(0)), next, fault);
            b.Continue(next);
            sum = b.Binary(Op.UDiv, given, divisor);
        }
        b.Return(sum);
        b.Continue(fault);
        b.Fault();
        return module;
    }

    private static (Module, FunctionBuilder, System.Random) Start()
    {
        Module module = new();
        Function function = new("f") { ReturnType = IrType.I64, Section = "xdp" };
        function.Parameters.Add(new Parameter(IrType.I64, "a"));
        module.Functions.Add(function);
        return (module, new FunctionBuilder(function), new System.Random(1));
    }
}
