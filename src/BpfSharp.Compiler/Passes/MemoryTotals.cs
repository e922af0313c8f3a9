using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// The sums and counts of <see cref="LoopTotals"/> that are in the stack: of a loop, or where the loop's body is a callback, in its frame or behind a reference there. The
/// verifier knows what is stored there as it knows registers, so each round stores a number of which it knows nothing. The compiler itself knows nothing of what is loaded,
/// so no check has gone for it. What ends a loop stays known.
/// </summary>
internal static class MemoryTotals
{
    /// <summary>The frame, as the root of a place.</summary>
    private static readonly object Frame = new();

    /// <summary>The callback's sums: all that it knows of its caller's stack, it knows from its last parameter, the frame.</summary>
    internal static void InCallback(Function function, HashSet<Value> deciding) =>
        Hide(function, function.Blocks, deciding, address => InFrame(address, function.Parameters.Count - 1), static (write, type) => LoopTotals.Zero(write, type));

    private static bool IsForgotten(Function function, Place place) => place.Root == Frame && place.Reference is null && function.Forgotten?.Exists(p => p.From <= place.Offset && place.Offset < p.To) == true;

    /// <summary>The loop's sums that are in slots, or behind an address that the loop has from outside and that may be one of the stack.</summary>
    internal static void InLoop(Function function, ICollection<Block> body, LoopTotals.Zeros zeros, HashSet<Value> deciding) =>
        Hide(function, body, deciding, address => OfLoop(address, body),
            (write, type) => zeros.Of(type, write.DebugId));

    /// <summary>A place in memory: a slot, the frame or what a value points to, there what the reference at an offset points to, if any, and the offset behind it.</summary>
    private sealed record Place(object Root, long? Reference, long Offset);

    private static Place? OfLoop(Value address, ICollection<Block> body)
    {
        (Value start, long offset) = PacketChecks.Base(address);
        if (start.Op == Op.SlotAddress) return new Place(start.Immediate, null, offset);
        return start.Type.Region is Region.Unknown or Region.Stack && !body.Contains(start.Block!) ? new Place(start, null, offset) : null;
    }

    private static Place? InFrame(Value address, int frame)
    {
        (Value start, long offset) = PacketChecks.Base(address);
        if (start.Op == Op.Parameter) return start.Immediate == frame ? new Place(Frame, null, offset) : null;
        return start is { Op: Op.Load, Type.IsPointer: true } && PacketChecks.Base(start.Arguments[0]) is ({ Op: Op.Parameter } parameter, var reference) && parameter.Immediate == frame
            ? new Place(Frame, reference + start.Immediate, offset)
            : null;
    }

    private static void Hide(Function function, ICollection<Block> body, HashSet<Value> deciding, Func<Value, Place?> placeOf, Func<Writer, IrType, Value> zeroOf)
    {
        Dictionary<Place, List<Value>> loads = [];
        List<(Value Store, Place Place)> stores = [];
        foreach (Value value in body.SelectMany(static b => b.Values).Where(static v => v.Op is Op.Load or Op.Store && v.Core is null))
        {
            if (placeOf(value.Arguments[0]) is not { } at) continue;
            Place place = at with { Offset = at.Offset + value.Immediate };
            if (value.Op == Op.Store && !value.Arguments[1].Type.IsPointer) stores.Add((value, place));
            else if (value.Op == Op.Load && !value.Type.IsPointer)
            {
                if (!loads.TryGetValue(place, out List<Value>? known)) loads.Add(place, known = []);
                known.Add(value);
            }
        }
        foreach ((Value store, Place place) in stores)
        {
            if (IsForgotten(function, place) || !loads.TryGetValue(place, out List<Value>? known) || known.Exists(deciding.Contains) || !LoopTotals.Leads(store.Arguments[1], known.Contains, body.Contains)) continue;
            Writer write = new(function, store.Block!, store.Block!.Values.IndexOf(store), store.DebugId);
            store.Arguments[1] = write.Binary(Op.Add, store.Arguments[1], zeroOf(write, store.Arguments[1].Type));
        }
    }
}
