using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Accesses to packets at a place that varies: an element of an array in a packet, or of a slice of one. The program has compared the index with the length, but of a
/// packet pointer to which a number was added the verifier only knows how far it may be read once the sum itself was compared with the end of the packet. So it
/// is, where no comparison before says as much.
/// </summary>
internal static class PacketChecks
{
    internal static void Run(Function function, PassContext context) => Run(function);

    /// <summary>Runs it.</summary>
    /// <returns>Whether a check was put in.</returns>
    internal static bool Run(Function function)
    {
        if (!function.Blocks.Exists(static b => b.Values.Exists(static v => IsVariable(v) || IsKept(v)))) return false;
        DominatorTree dominators = new(function);
        Value[] ends = [.. function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Type.Region == Region.PacketEnd)];
        bool mayEnd = !HeldResources.MayBeIn(function);
        List<Check> checks = [];
        Dictionary<Value, List<Check>> known = [];
        foreach (Block block in dominators.ReversePostorder)
        {
            foreach (Value value in block.Values)
            {
                for (int i = 0; i < value.Arguments.Count; i++)
                {
                    if (Size(value, i) is not { } size) continue;
                    (Value pointer, long offset) = Base(value.Arguments[i]);
                    if (!Varies(pointer) || IsChecked(pointer, offset + size, block, dominators)) continue;
                    if (!known.TryGetValue(pointer, out List<Check>? before)) known.Add(pointer, before = []);
                    if (mayEnd && before.Exists(c => c.Bytes >= offset + size && dominators.Dominates(c.Access.Block!, block))) continue;
                    Check check = new(value, pointer, mayEnd ? MostInBlock(value, pointer) : offset + size, EndFor(ends, value, dominators));
                    before.Add(check);
                    checks.Add(check);
                }
            }
        }
        if (mayEnd) checks.AddRange(Choices(function, ends, dominators));
        // From the end, so that what is split off holds no access that is yet to come.
        for (int i = checks.Count - 1; i >= 0; i--)
        {
            if (EndOf(function, ends, checks[i]) is { } end) Insert(function, checks[i], end, mayEnd);
        }
        return checks.Count > 0 | (!mayEnd && PacketChoices.Run(function));
    }

    /// <summary>The packet's end for a check: at hand there, or read again.</summary>
    internal static Value? EndOf(Function function, Value[] ends, Check check) =>
        check.End ?? ends.FirstOrDefault(static e => e.Op == Op.Load && e.Arguments[0].Op == Op.Parameter) ?? InFrame(function);

    /// <summary>A check to put in: before what, of what pointer, how far it has to reach, and the packet's end if it is at hand there.</summary>
    internal sealed record Check(Value Access, Value Pointer, long Bytes, Value? End);

    /// <summary>A sum of a packet pointer and a number that the verifier does not know: not that of a counter, which it follows round by round.</summary>
    internal static bool IsVariable(Value value) =>
        value is { Op: Op.PtrAdd, Type.Region: Region.Packet, Arguments.Count: 2 } && value.Arguments[1].Op != Op.Const && !LoopCounters.Is(value.Arguments[1]);

    /// <summary>A packet pointer out of memory that may hold such a sum.</summary>
    internal static bool IsKept(Value value) =>
        value is { Op: Op.Load, Access: Access.U64, Type.Region: Region.Packet, Block.Function.KeepsPacketPlaces: true } && value.Arguments[0].Type.Region == Region.Stack;

    /// <summary>Whether a pointer is such a sum, or one of the pointers that it is computed from.</summary>
    internal static bool Varies(Value pointer)
    {
        HashSet<Value> seen = [];
        Stack<Value> work = new([pointer]);
        while (work.Count > 0)
        {
            Value from = work.Pop();
            for (; from.Op == Op.PtrAdd; from = from.Arguments[0])
            {
                if (IsVariable(from)) return true;
            }
            if (IsKept(from)) return true;
            if (from is not { Op: Op.Phi, Type.Region: Region.Packet } || !seen.Add(from)) continue;
            foreach (Value argument in from.Arguments) work.Push(argument);
        }
        return false;
    }

    /// <summary>
    /// Choices between such a pointer and one to other memory: behind them nothing tells that it is a packet's, so it is compared before, at the end of the block that
    /// it comes from, with all that is reached through the choice.
    /// </summary>
    private static IEnumerable<Check> Choices(Function function, Value[] ends, DominatorTree dominators) =>
        OpenChoices(function, dominators).Select(c => new Check(c.From.Terminator, c.Pointer, c.Bytes, EndFor(ends, c.From.Terminator, dominators)));

    /// <summary>Of the choices between such a pointer and one to other memory those that nothing compared: which argument of which phi, and what of it is reached.</summary>
    internal static IEnumerable<(Value Phi, int Argument, Block From, Value Pointer, long Bytes)> OpenChoices(Function function, DominatorTree dominators)
    {
        ILookup<Value, Use>? uses = null;
        foreach (Value phi in dominators.ReversePostorder.SelectMany(static b => b.Phis).Where(static p => p.Type is { IsPointer: true, Region: not Region.Packet }))
        {
            for (int i = 0; i < phi.Arguments.Count; i++)
            {
                (Value pointer, long offset) = Base(phi.Arguments[i]);
                if (pointer.Type.Region != Region.Packet || !Varies(pointer)) continue;
                Block from = phi.Block!.Predecessors[i];
                long bytes = offset + Reach(uses ??= Uses(function), phi);
                if (bytes > offset && !IsChecked(pointer, bytes, from, dominators)) yield return (phi, i, from, pointer, bytes);
            }
        }
    }

    /// <summary>A use of a pointer: by what, as which argument, and the constant offset from the pointer.</summary>
    private readonly record struct Use(Value User, int Argument, long Offset);

    private static ILookup<Value, Use> Uses(Function function) => function.Blocks.SelectMany(static b => b.Values)
        .SelectMany(static v => v.Arguments.Select((a, i) => (Base(a).Start, Use: new Use(v, i, Base(a).Offset)))).ToLookup(static u => u.Start, static u => u.Use);

    /// <summary>How far behind a pointer is accessed, through further choices too.</summary>
    private static long Reach(ILookup<Value, Use> uses, Value pointer)
    {
        long most = 0;
        HashSet<Value> seen = [];
        Stack<(Value Pointer, long Offset)> work = new([(pointer, 0)]);
        while (work.Count > 0)
        {
            (Value from, long before) = work.Pop();
            most = Math.Max(most, before);
            if (!seen.Add(from)) continue;
            // From the last on, so that the first choice is followed to its end before the second.
            foreach (Use use in uses[from].Reverse())
            {
                long offset = before + use.Offset;
                if (Size(use.User, use.Argument) is { } size) most = Math.Max(most, offset + size);
                else if (use.User.Op == Op.Phi) work.Push((use.User, offset));
            }
        }
        return most;
    }

    /// <summary>The bytes behind an argument that an operation reaches; null if it does not access memory through it.</summary>
    private static long? Size(Value value, int argument) => value.Op switch
    {
        Op.Load when value.Core is null => value.Immediate + value.Access.Size(),
        Op.Store when argument == 0 && value.Core is null => value.Immediate + value.Access.Size(),
        Op.Zero => value.Immediate,
        Op.Copy => value.Immediate,
        _ => null,
    };

    /// <summary>What the accesses of a block from one on reach behind a pointer: one check for all of them.</summary>
    private static long MostInBlock(Value access, Value pointer)
    {
        long most = 0;
        foreach (Value value in access.Block!.Values.SkipWhile(v => v != access))
        {
            for (int i = 0; i < value.Arguments.Count; i++)
            {
                if (Size(value, i) is { } size && Base(value.Arguments[i]) is var (start, offset) && start == pointer) most = Math.Max(most, offset + size);
            }
        }
        return most;
    }

    /// <summary>What a pointer starts from, and the constant offset from there.</summary>
    internal static (Value Start, long Offset) Base(Value pointer)
    {
        long offset = 0;
        while (pointer is { Op: Op.PtrAdd, Arguments.Count: 1, Core: null })
        {
            offset += pointer.Immediate;
            pointer = pointer.Arguments[0];
        }
        return (pointer, offset);
    }

    /// <summary>Whether a block is only reached where the pointer and so many bytes behind it were found to be in the packet.</summary>
    private static bool IsChecked(Value pointer, long bytes, Block block, DominatorTree dominators)
    {
        for (Block? at = block; at is not null; at = dominators.ImmediateDominator(at))
        {
            if (at.Predecessors.Count != 1 || at.Predecessors[0].Terminator is not { Op: Op.Branch } branch) continue;
            Value condition = branch.Arguments[0];
            bool holds = at.Predecessors[0].Successors[0] == at;
            if (condition.Op is not (Op.ULt or Op.ULe)) continue;
            // "checked <= end" where it holds, "end < checked" where it does not.
            (Value checkedPointer, Value end) = holds ? (condition.Arguments[0], condition.Arguments[1]) : (condition.Arguments[1], condition.Arguments[0]);
            if (end.Type.Region != Region.PacketEnd || (!holds && condition.Op == Op.ULe)) continue;
            (Value start, long offset) = Base(checkedPointer);
            if (start == pointer && offset >= bytes) return true;
        }
        return false;
    }

    /// <summary>The end of the packet where it is at hand.</summary>
    internal static Value? EndFor(Value[] ends, Value access, DominatorTree dominators) => ends.FirstOrDefault(e =>
        e.Block == access.Block ? e.Block!.Values.IndexOf(e) < e.Block.Values.IndexOf(access) : dominators.Dominates(e.Block!, access.Block!));

    /// <summary>The end that the function around an outlined loop has put into the frame.</summary>
    private static Value? InFrame(Function function)
    {
        if (function.PacketEndOffset < 0) return null;
        Block entry = function.Entry;
        Value? frame = entry.Values.Find(static v => v is { Op: Op.Parameter, Immediate: 1 });
        if (frame is null)
        {
            frame = entry.Insert(0, function.NewValue(Op.Parameter, function.Parameters[1].Type));
            frame.Immediate = 1;
        }
        return new Writer(function, entry, entry.Values.IndexOf(frame) + 1, function.DebugId).Load(IrType.Pointer(Region.PacketEnd), Access.U64, frame, function.PacketEndOffset);
    }

    /// <summary>
    /// The way out of the check is never taken, but the verifier has to be shown one: the end of the function. Where that may hold what it has to give back, an
    /// iterator or a record, it leads past the access, and a load gives 0.
    /// </summary>
    private static void Insert(Function function, Check check, Value end, bool mayEnd)
    {
        Value access = check.Access;
        Block head = access.Block!, inside = BlockSplitting.Split(head, head.Values.IndexOf(access)), other = BlockSplitting.InsertAfter(inside);
        Emitter emit = new(function);
        emit.At(head, access.DebugId);
        Value fits = Fits(function, emit, check, end);
        head.Terminate(New(function, Op.Branch, access, fits), inside, other);
        if (mayEnd)
        {
            // What is no program faults through its caller, which knows of its faults only if it had one before.
            emit.At(other, access.DebugId);
            if (function.IsProgram) other.Terminate(New(function, Op.Fault, access));
            else if (function.ReturnType.Kind == TypeKind.Void) other.Terminate(New(function, Op.Return, access));
            else other.Terminate(New(function, Op.Return, access, emit.Const(function.ReturnType, 0)));
            return;
        }
        Block tail = BlockSplitting.Split(inside, 1);
        inside.Terminate(New(function, Op.Jump, access), tail);
        emit.At(other, access.DebugId);
        Value? nothing = access.Op == Op.Load ? emit.Const(access.Type, 0) : null;
        other.Terminate(New(function, Op.Jump, access), tail);
        if (nothing is null) return;
        Value phi = function.NewValue(Op.Phi, access.Type, access, nothing);
        phi.DebugId = access.DebugId;
        foreach (Value user in function.Blocks.SelectMany(static b => b.Values))
        {
            for (int i = 0; i < user.Arguments.Count; i++)
            {
                if (user.Arguments[i] == access) user.Arguments[i] = phi;
            }
        }
        tail.Insert(0, phi);
    }

    /// <summary>The comparison with the packet's end.</summary>
    internal static Value Fits(Function function, Emitter emit, Check check, Value end)
    {
        if (check.End is null) end = Again(function, emit, end);
        Value limit = function.NewValue(Op.PtrAdd, check.Pointer.Type, check.Pointer);
        limit.Immediate = check.Bytes;
        return emit.Add(Op.ULe, IrType.I32, emit.Put(limit), end);
    }

    internal static Value New(Function function, Op op, Value at, params Value[] arguments)
    {
        Value value = function.NewValue(op, IrType.Void, arguments);
        value.DebugId = at.DebugId;
        return value;
    }

    private static Value Again(Function function, Emitter emit, Value load)
    {
        Value copy = function.NewValue(Op.Load, load.Type, load.Arguments[0]);
        (copy.Access, copy.Immediate, copy.Alignment) = (load.Access, load.Immediate, load.Alignment);
        return emit.Put(copy);
    }
}
