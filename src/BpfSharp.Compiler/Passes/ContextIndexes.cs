using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Loads from the context, and stores to it, at an index that only the run tells. The verifier wants constant offsets there, so the elements that it can be are copied to
/// the stack, and loaded from the copy; what was stored there is copied back.
/// </summary>
internal sealed class ContextIndexes(Function function)
{
    private const long LargestCopy = 256;

    private readonly List<(Value Access, Value Context, Value Index, long First, int Size)> _found = [];

    /// <summary>Looks at a value where the facts are those of its place.</summary>
    internal void Visit(Value value, RangeFacts facts)
    {
        if (value.Op is not (Op.Load or Op.Store) || value.Core is not null || value.Arguments[0].Op != Op.PtrAdd) return;
        long offset = value.Immediate;
        Value? index = null;
        Value start = value.Arguments[0];
        for (; start.Op == Op.PtrAdd; start = start.Arguments[0])
        {
            if (start.Core is not null || (start.Arguments.Count == 2 && index is not null)) return;
            offset += start.Immediate;
            if (start.Arguments.Count == 2) index = start.Arguments[1];
        }
        if (index is null || start.Op != Op.Parameter || start.Type.Region != Region.Context) return;
        ValueRange range = facts.Of(index);
        if (range.UMax > LargestCopy) return;
        int width = value.Access.Size();
        // From the first element that it can be to the last; elements are apart by a multiple of their size.
        long last = (long)range.UMax / width * width;
        _found.Add((value, start, index, offset, (int)last + width));
    }

    /// <summary>Makes the copies.</summary>
    /// <returns>Whether there are any.</returns>
    internal bool Apply()
    {
        Emitter emit = new(function);
        foreach ((Value access, Value context, Value index, long first, int size) in _found)
        {
            int width = access.Access.Size();
            IrType type = width == 8 ? IrType.I64 : IrType.I32;
            List<Value> added = [];
            emit.At(access.Block!, access.DebugId, added);
            Value copy = function.NewValue(Op.SlotAddress, IrType.Pointer(Region.Stack));
            copy.Immediate = function.AddSlot(size, 8, "context").Index;
            emit.Put(copy);
            for (int i = 0; i < size; i += width)
                emit.Store(AccessExtensions.OfSize(width), copy, i, emit.Load(type, AccessExtensions.OfSize(width), context, first + i));
            access.Arguments[0] = emit.Add(Op.PtrAdd, copy.Type, copy, index);
            access.Immediate = 0;
            int at = access.Block!.Values.IndexOf(access);
            access.Block.Values.InsertRange(at, added);
            if (access.Op != Op.Store) continue;
            List<Value> back = [];
            emit.At(access.Block, access.DebugId, back);
            for (int i = 0; i < size; i += width)
                emit.Store(AccessExtensions.OfSize(width), context, first + i, emit.Load(type, AccessExtensions.OfSize(width), copy, i));
            access.Block.Values.InsertRange(at + added.Count + 1, back);
        }
        return _found.Count > 0;
    }
}
