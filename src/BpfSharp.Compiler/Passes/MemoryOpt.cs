using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Takes the values of loads from what was stored to or loaded from the same bytes before, and drops stores to slots that hold the value already.
/// Memory that other CPUs can change is read again behind every call and atomic operation.
/// </summary>
internal static class MemoryOpt
{
    internal static void Run(Function function, PassContext context) => new Forwarder(function, context).Run();

    private sealed class Forwarder
    {
        private readonly Function _function;
        private readonly List<Block> _order;
        private readonly MemoryLocations _locations;
        private readonly Replacements _replacements;
        private readonly Emitter _emit;
        private readonly MemoryFacts?[] _atExit;
        private readonly bool _contextChanges;

        internal Forwarder(Function function, PassContext context)
        {
            _function = function;
            _order = ControlFlow.ReversePostorder(function);
            _locations = new MemoryLocations(function, new SlotUses(function, _order), context.Globals);
            _replacements = new Replacements(function);
            _emit = new Emitter(function);
            _atExit = new MemoryFacts?[function.BlockCount];
            _contextChanges = _order.Exists(static b => b.Values.Exists(ChangesContext));
        }

        internal void Run()
        {
            if (!_order.Exists(static b => b.Values.Exists(static v => v.Op is Op.Load or Op.KernelRead or Op.KernelFollow))) return;
            foreach (Block block in _order)
            {
                MemoryFacts facts = AtEntry(block);
                List<Value> before = [.. block.Values];
                block.Values.Clear();
                foreach (Value value in before)
                {
                    if (value.Op != Op.Phi) _replacements.ResolveArguments(value);
                    _emit.At(block, value.DebugId);
                    if (!TryRemove(value, facts)) block.Values.Add(value);
                }
                _atExit[block.Id] = facts;
            }
            _replacements.Apply();
        }

        private static bool ChangesContext(Value value) =>
            (value.Op == Op.CallHelper && (HelperEffects.Of(value.Immediate) & HelperEffect.WritesContext) != 0)
            || value.Op is Op.CallFunction or Op.CallKernel
            || (value.Op is Op.Store or Op.Copy or Op.Zero && value.Arguments[0].Type.Region is Region.Context or Region.Unknown);

        private MemoryFacts AtEntry(Block block)
        {
            MemoryFacts? facts = null;
            bool isLoop = false;
            foreach (Block predecessor in block.Predecessors)
            {
                if (_atExit[predecessor.Id] is not { } exit)
                {
                    isLoop = true;
                    continue;
                }
                if (facts is null) facts = exit.Copy();
                else facts.Intersect(exit);
            }
            facts ??= new MemoryFacts(_locations);
            if (isLoop) facts.KeepInvariant(_contextChanges);
            return facts;
        }

        private bool TryRemove(Value value, MemoryFacts facts)
        {
            switch (value.Op)
            {
                case Op.Load or Op.KernelRead or Op.KernelFollow: return TryForward(value, facts);
                case Op.Store or Op.KernelWrite: return TryDropStore(value, facts);
                case Op.Zero or Op.Copy:
                    Location written = _locations.Of(value.Arguments[0], value, (int)value.Immediate)!.Value;
                    if (value.Op == Op.Zero && _locations.IsSlot(written) && facts.Find(written) is { Value: null })
                    {
                        _replacements.Remove(value);
                        return true;
                    }
                    facts.Store(written);
                    if (value.Op == Op.Zero) facts.Add(written, null);
                    return false;
                case >= Op.AtomicAdd and <= Op.AtomicCompareExchange:
                    facts.Barrier(null);
                    if (_locations.Of(value.Arguments[0], value, value.Access.Size()) is { } changed) facts.Store(changed);
                    else facts.StoreAnywhere(value.Arguments[0].Type.Region);
                    return false;
                case >= Op.CallHelper and <= Op.CallFunction:
                    facts.Barrier(value);
                    return false;
                default: return false;
            }
        }

        private bool TryForward(Value load, MemoryFacts facts)
        {
            if (_locations.Of(load.Arguments[0], load, load.Access.Size()) is not { } location) return false;
            if (facts.Find(location) is { } fact && Forwarded(load, location, fact) is { } value)
            {
                _replacements.Replace(load, value);
                return true;
            }
            facts.Add(location, load);
            return false;
        }

        private bool TryDropStore(Value store, MemoryFacts facts)
        {
            if (_locations.Of(store.Arguments[0], store, store.Access.Size()) is not { } location)
            {
                facts.StoreAnywhere(store.Arguments[0].Type.Region);
                return false;
            }
            Value stored = store.Arguments[1];
            if (_locations.IsSlot(location) && facts.Find(location) is { } fact && Holds(fact, location, stored))
            {
                _replacements.Remove(store);
                return true;
            }
            facts.Store(location);
            facts.Add(location, stored);
            return false;
        }

        private static bool Holds(MemoryFact fact, Location location, Value stored)
        {
            bool isZero = stored.Op == Op.Const && stored.Core is null && stored.Immediate == 0;
            if (fact.Value is null) return isZero;
            if (fact.Location != location) return false;
            return fact.Value == stored || (stored.Op == Op.Const && fact.Value.Op == Op.Const && stored.Core is null && fact.Value.Core is null
                && stored.Type.Kind == fact.Value.Type.Kind && stored.Immediate == fact.Value.Immediate);
        }

        /// <summary>A load's value from what memory holds, null if that cannot be said.</summary>
        private Value? Forwarded(Value load, Location location, MemoryFact fact)
        {
            if (fact.Value is not { } value) return load.Type.IsPointer && location.Size != 8 ? null : _emit.Const(load.Type, 0);
            if (load.Type.IsPointer || value.Type.IsPointer)
                return load.Type.IsPointer && value.Type.IsPointer && fact.Location == location && IsSameWidth(load, value) ? value : null;
            if (fact.Location == location && value.Op == load.Op && value.Access == load.Access && value.Type == load.Type) return value;
            int shift = (int)(8 * (location.Offset - fact.Location.Offset));
            if (shift != 0)
            {
                // Memory that is not the frame's own is read as it is written: a wide value kept alive for its parts costs more.
                if (!_locations.IsSlot(location)) return null;
                value = _emit.Add(Op.LShr, value, shift);
            }
            bool signed = load.Access.IsSigned();
            if (location.Size == 8) return value;
            value = _emit.Convert(value, location.Size == 4 ? IrType.I32 : load.Type, false);
            return _emit.Convert(_emit.Extend(value, location.Size, signed), load.Type, signed);
        }

        /// <summary>Packet pointers are loaded from 4 bytes of the context, all others from 8.</summary>
        private static bool IsSameWidth(Value load, Value value) =>
            load.Access.Size() == (value.Op == Op.Load && value.Type == load.Type ? value.Access.Size() : 8) && (load.Access.Size() == 8 || value.Op == Op.Load);
    }
}
