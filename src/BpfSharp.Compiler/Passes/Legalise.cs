using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Says what the instruction set does not have with what it has: copies and zeroings become loads and stores, stack accesses that are not
/// aligned are split (the verifier wants them aligned, elsewhere it does not), and before version 4 signed divisions and signed loads are expanded
/// (signed loads from arenas always: kernels from 6.9 to 6.17 have none).
/// </summary>
internal static class Legalise
{
    internal static void Run(Function function, PassContext context)
    {
        AlignSlots(function);
        new Expander(function, context.Options.InstructionSetVersion, context.HasArena).Run();
    }

    /// <summary>Slots get the alignment of the widest store that fits, so that copies and zeroings take few instructions.</summary>
    private static void AlignSlots(Function function)
    {
        for (int i = 0; i < function.Slots.Count; i++)
        {
            Slot slot = function.Slots[i];
            int alignment = slot.Size >= 8 ? 8 : slot.Size >= 4 ? 4 : slot.Size >= 2 ? 2 : 1;
            if (alignment > slot.Alignment) function.Slots[i] = slot with { Alignment = alignment };
        }
    }

    private sealed class Expander(Function function, int version, bool hasArena)
    {
        private readonly Replacements _replacements = new(function);
        private readonly Emitter _emit = new(function);
        private readonly MemoryAlignment _alignment = new(function);

        internal void Run()
        {
            foreach (Block block in function.Blocks)
            {
                if (!block.Values.Exists(NeedsWork)) continue;
                List<Value> before = [.. block.Values];
                block.Values.Clear();
                foreach (Value value in before)
                {
                    _emit.At(block, value.DebugId);
                    if (!TryExpand(value)) block.Values.Add(value);
                }
            }
            _replacements.Apply();
        }

        private bool NeedsWork(Value value) => value.Op is Op.Copy or Op.Zero
            || (version < 4 && value.Op is Op.SDiv or Op.SMod)
            || (value.Op == Op.Load && value.Access.IsSigned() && (version < 4 || (hasArena && value.Arguments[0].Type.Region is Region.Arena or Region.Unknown)))
            || (value.Op is Op.Load or Op.Store && _alignment.Limit(value.Arguments[0], value.Immediate, value) < value.Access.Size());

        private bool TryExpand(Value value)
        {
            if (!NeedsWork(value)) return false;
            switch (value.Op)
            {
                case Op.Copy: Copy(value); break;
                case Op.Zero: Zero(value); break;
                case Op.SDiv or Op.SMod: _replacements.Replace(value, Divide(value)); break;
                case Op.Load: _replacements.Replace(value, Load(value)); break;
                default: Store(value); break;
            }
            if (value.Type.Kind == TypeKind.Void) _replacements.Remove(value);
            return true;
        }

        private void Copy(Value copy)
        {
            Value to = copy.Arguments[0], from = copy.Arguments[1];
            if (to == from) return;
            int size = (int)copy.Immediate;
            for (int i = 0; i < size;)
            {
                int width = MemoryAlignment.Width(size - i, Math.Min(_alignment.Limit(to, i, copy), _alignment.Limit(from, i, copy)));
                Access access = AccessExtensions.OfSize(width);
                _emit.Store(access, to, i, _emit.Load(width == 8 ? IrType.I64 : IrType.I32, access, from, i));
                i += width;
            }
        }

        private void Zero(Value zero)
        {
            int size = (int)zero.Immediate;
            for (int i = 0; i < size;)
            {
                int width = MemoryAlignment.Width(size - i, _alignment.Limit(zero.Arguments[0], i, zero));
                _emit.Store(AccessExtensions.OfSize(width), zero.Arguments[0], i, _emit.Const(width == 8 ? IrType.I64 : IrType.I32, 0));
                i += width;
            }
        }

        private Value Load(Value load)
        {
            int size = load.Access.Size();
            int width = Math.Min(size, _alignment.Limit(load.Arguments[0], load.Immediate, load));
            IrType type = size == 8 ? IrType.I64 : IrType.I32;
            Value? result = null;
            for (int i = 0; i < size; i += width)
            {
                Value part = _emit.Load(width == 8 ? IrType.I64 : IrType.I32, AccessExtensions.OfSize(width), load.Arguments[0], load.Immediate + i);
                part.Core = load.Core;
                part.Name = load.Name;
                part = _emit.Convert(part, type, false);
                if (i > 0) part = _emit.Add(Op.Shl, part, 8 * i);
                result = result is null ? part : _emit.Add(Op.Or, type, result, part);
            }
            return _emit.Convert(_emit.Extend(result!, size, load.Access.IsSigned()), load.Type, load.Access.IsSigned());
        }

        private void Store(Value store)
        {
            int size = store.Access.Size();
            int width = Math.Min(size, _alignment.Limit(store.Arguments[0], store.Immediate, store));
            Value stored = store.Arguments[1];
            for (int i = 0; i < size; i += width)
            {
                Value part = i == 0 ? stored : _emit.Add(Op.LShr, stored, 8 * i);
                if (width < 8 && part.Type.Kind == TypeKind.I64) part = _emit.Convert(part, IrType.I32, false);
                _emit.Store(AccessExtensions.OfSize(width), store.Arguments[0], store.Immediate + i, part);
            }
        }

        /// <summary>Divides the absolute values and gives the result its sign: x ^ s - s negates x where s is -1, and leaves it where s is 0.</summary>
        private Value Divide(Value value)
        {
            Value a = value.Arguments[0], b = value.Arguments[1];
            int bits = value.Type.IsI32 ? 31 : 63;
            Value signA = _emit.Add(Op.AShr, a, bits);
            Value signB = _emit.Add(Op.AShr, b, bits);
            Value unsigned = _emit.Add(value.Op == Op.SDiv ? Op.UDiv : Op.UMod, value.Type, WithSign(a, signA), WithSign(b, signB));
            return WithSign(unsigned, value.Op == Op.SDiv ? _emit.Add(Op.Xor, value.Type, signA, signB) : signA);
        }

        private Value WithSign(Value value, Value sign) =>
            sign.IsConst(0) ? value : _emit.Add(Op.Sub, value.Type, _emit.Add(Op.Xor, value.Type, value, sign), sign);
    }
}
