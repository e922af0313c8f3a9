using System.Buffers.Binary;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Tests.Interpreter;

/// <summary>The instruction set's arithmetic.</summary>
public static class Arithmetic
{
    public static long Compute(Op op, bool is32, long a, long b)
    {
        switch (op)
        {
            case Op.ZExt32: return (uint)a;
            case Op.SExt32 or Op.Trunc: return (int)a;
        }
        UInt128 modulus = is32 ? (UInt128)1 << 32 : (UInt128)1 << 64;
        ulong ua = is32 ? (uint)a : (ulong)a;
        ulong ub = is32 ? (uint)b : (ulong)b;
        int count = (int)(ub % (is32 ? 32u : 64u));
        ulong result = op switch
        {
            Op.Add => (ulong)(((UInt128)ua + ub) % modulus),
            Op.Sub => (ulong)((modulus + ua - ub) % modulus),
            Op.Mul => (ulong)((UInt128)ua * ub % modulus),
            Op.UDiv => ub == 0 ? 0 : ua / ub,
            Op.UMod => ub == 0 ? ua : ua % ub,
            Op.SDiv => b == 0 ? 0 : (ulong)(long)((Int128)a / b),
            Op.SMod => b == 0 ? ua : (ulong)(long)((Int128)a % b),
            Op.And => ua & ub,
            Op.Or => ua | ub,
            Op.Xor => ua ^ ub,
            Op.Shl => (ulong)(((UInt128)ua << count) % modulus),
            Op.LShr => ua >> count,
            Op.AShr => (ulong)(a >> count),
            Op.Neg => (ulong)((modulus - ua) % modulus),
            Op.Swap16 => BinaryPrimitives.ReverseEndianness((ushort)a),
            Op.Swap32 => BinaryPrimitives.ReverseEndianness((uint)a),
            Op.Swap64 => BinaryPrimitives.ReverseEndianness((ulong)a),
            Op.ZExt8 => (byte)a,
            Op.ZExt16 => (ushort)a,
            Op.SExt8 => (ulong)(sbyte)a,
            Op.SExt16 => (ulong)(short)a,
            _ => throw new InterpreterException($"{op} is not arithmetic"),
        };
        return is32 ? (int)result : (long)result;
    }

    public static bool Compare(Op op, long a, long b) => op switch
    {
        Op.Eq => a == b,
        Op.Ne => a != b,
        // A sign-extended i32 keeps its unsigned order among i32s.
        Op.ULt => (ulong)a < (ulong)b,
        Op.ULe => (ulong)a <= (ulong)b,
        Op.SLt => a < b,
        _ => a <= b,
    };
}
