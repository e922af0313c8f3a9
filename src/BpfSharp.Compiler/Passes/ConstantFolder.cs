using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>Computes pure integer operations on constants, as the instruction set defines them.</summary>
internal static class ConstantFolder
{
    /// <summary>The result of an operation whose arguments are all constants.</summary>
    internal static bool TryFold(Op op, IrType type, IReadOnlyList<Value> arguments, out long result)
    {
        result = 0;
        if (arguments.Count is 0 or > 2) return false;
        foreach (Value argument in arguments)
        {
            if (argument.Op != Op.Const || argument.Core is not null) return false;
        }
        return TryFold(op, type, arguments[0].Type, arguments[0].Immediate, arguments.Count > 1 ? arguments[1].Immediate : 0, out result);
    }

    /// <summary>The result of an operation on constants; an i32's constant is sign-extended.</summary>
    /// <param name="op">The operation.</param>
    /// <param name="type">The result's type.</param>
    /// <param name="argumentType">The first argument's type.</param>
    /// <param name="a">The first argument.</param>
    /// <param name="b">The second argument, if there is one.</param>
    /// <param name="result">The result.</param>
    internal static bool TryFold(Op op, IrType type, IrType argumentType, long a, long b, out long result)
    {
        long? folded = op switch
        {
            _ when type.IsPointer => null,
            Op.ZExt32 => (uint)a,
            Op.SExt32 => (int)a,
            Op.Trunc => (int)a,
            _ when op.Has(OpTraits.Compare) => Compare(op, argumentType.IsI32, a, b) ? 1 : 0,
            _ when argumentType.IsI32 => Fold32(op, (int)a, (int)b),
            _ when argumentType.Kind == TypeKind.I64 => Fold64(op, a, b),
            _ => null,
        };
        result = folded ?? 0;
        return folded is not null;
    }

    /// <summary>Whether a comparison holds.</summary>
    internal static bool Compare(Op op, bool is32, long a, long b)
    {
        ulong ua = is32 ? (uint)a : (ulong)a;
        ulong ub = is32 ? (uint)b : (ulong)b;
        return op switch
        {
            Op.Eq => ua == ub,
            Op.Ne => ua != ub,
            Op.ULt => ua < ub,
            Op.ULe => ua <= ub,
            Op.SLt => a < b,
            _ => a <= b,
        };
    }

    /// <summary>The bytes of a value in the opposite order.</summary>
    internal static ulong Swap(ulong value, int bytes)
    {
        ulong result = 0;
        for (int i = 0; i < bytes; i++) result = (result << 8) | ((value >> (8 * i)) & 0xff);
        return result;
    }

    private static long? Fold32(Op op, int a, int b) => op switch
    {
        Op.Add => a + b,
        Op.Sub => a - b,
        Op.Mul => a * b,
        Op.UDiv => b == 0 ? 0 : (int)((uint)a / (uint)b),
        Op.UMod => b == 0 ? a : (int)((uint)a % (uint)b),
        Op.SDiv => b == 0 ? 0 : b == -1 ? -a : a / b,
        Op.SMod => b == 0 ? a : b == -1 ? 0 : a % b,
        Op.And => a & b,
        Op.Or => a | b,
        Op.Xor => a ^ b,
        Op.Shl => a << (b & 31),
        Op.LShr => (int)((uint)a >> (b & 31)),
        Op.AShr => a >> (b & 31),
        Op.Neg => -a,
        Op.Swap16 => (int)Swap((uint)a, 2),
        Op.Swap32 => (int)Swap((uint)a, 4),
        Op.ZExt8 => (byte)a,
        Op.ZExt16 => (ushort)a,
        Op.SExt8 => (sbyte)a,
        Op.SExt16 => (short)a,
        _ => null,
    };

    private static long? Fold64(Op op, long a, long b) => op switch
    {
        Op.Add => a + b,
        Op.Sub => a - b,
        Op.Mul => a * b,
        Op.UDiv => b == 0 ? 0 : (long)((ulong)a / (ulong)b),
        Op.UMod => b == 0 ? a : (long)((ulong)a % (ulong)b),
        Op.SDiv => b == 0 ? 0 : b == -1 ? -a : a / b,
        Op.SMod => b == 0 ? a : b == -1 ? 0 : a % b,
        Op.And => a & b,
        Op.Or => a | b,
        Op.Xor => a ^ b,
        Op.Shl => a << (int)(b & 63),
        Op.LShr => (long)((ulong)a >> (int)(b & 63)),
        Op.AShr => a >> (int)(b & 63),
        Op.Neg => -a,
        Op.Swap16 => (long)Swap((ulong)a, 2),
        Op.Swap32 => (long)Swap((ulong)a, 4),
        Op.Swap64 => (long)Swap((ulong)a, 8),
        Op.ZExt8 => (byte)a,
        Op.ZExt16 => (ushort)a,
        Op.SExt8 => (sbyte)a,
        Op.SExt16 => (short)a,
        _ => null,
    };
}
