using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>What is known of memory: bytes that hold a value.</summary>
/// <param name="Location">The bytes.</param>
/// <param name="Value">Their value in the low bytes; null if they are zero.</param>
internal readonly record struct MemoryFact(Location Location, Value? Value);

/// <summary>The facts about memory at one place.</summary>
internal sealed class MemoryFacts(MemoryLocations locations)
{
    /// <summary>More facts than this are forgotten, the oldest first, which keeps the pass linear.</summary>
    private const int Most = 64;

    private List<MemoryFact> _facts = [];

    /// <summary>The same facts, to go on from.</summary>
    internal MemoryFacts Copy() => new(locations) { _facts = [.. _facts] };

    /// <summary>The newest fact that covers some bytes.</summary>
    internal MemoryFact? Find(Location location)
    {
        for (int i = _facts.Count - 1; i >= 0; i--)
        {
            if (_facts[i].Location.Base == location.Base && _facts[i].Location.Covers(location)) return _facts[i];
        }
        return null;
    }

    /// <summary>Adds a fact.</summary>
    internal void Add(Location location, Value? value)
    {
        if (_facts.Count == Most) _facts.RemoveAt(0);
        _facts.Add(new MemoryFact(location, value));
    }

    /// <summary>Forgets what a store to a location may have changed.</summary>
    internal void Store(Location location)
    {
        if (location.Region == Region.Context) _facts.RemoveAll(static f => f.Location.Region is Region.Context or Region.Unknown);
        else _facts.RemoveAll(f => locations.MayMeet(f.Location, location) && !locations.IsReadOnly(f.Location));
    }

    /// <summary>Forgets what a store to an unknown place of a region may have changed.</summary>
    internal void StoreAnywhere(Region region) => _facts.RemoveAll(f => region == Region.Unknown || f.Location.Region == region || f.Location.Region == Region.Unknown);

    /// <summary>
    /// Forgets what a call or an atomic operation may have changed, and what other CPUs may have changed in the time: everything but read-only data,
    /// the context and the slots that the call does not write.
    /// </summary>
    internal void Barrier(Value? call)
    {
        HelperEffect effect = call is null ? HelperEffect.None : call.Op == Op.CallHelper ? HelperEffects.Of(call.Immediate) : HelperEffect.All;
        _facts.RemoveAll(f =>
        {
            if (locations.IsReadOnly(f.Location)) return false;
            if (f.Location.Region == Region.Context) return (effect & HelperEffect.WritesContext) != 0;
            if (!locations.IsSlot(f.Location)) return true;
            if ((effect & HelperEffect.WritesArguments) == 0) return false;
            return locations.Slots.Escapes[f.Location.Base] == SlotEscape.Wild || IsArgument(call!, f.Location.Base);
        });
    }

    /// <summary>Keeps the facts that hold on another way to the same place, too.</summary>
    internal void Intersect(MemoryFacts other)
    {
        HashSet<MemoryFact> others = [.. other._facts];
        _facts.RemoveAll(f => !others.Contains(f));
    }

    /// <summary>Keeps the facts that no loop can change.</summary>
    internal void KeepInvariant(bool contextChanges) =>
        _facts.RemoveAll(f => !locations.IsReadOnly(f.Location) && (f.Location.Region != Region.Context || contextChanges));

    private bool IsArgument(Value call, int slot)
    {
        foreach (Value argument in call.Arguments)
        {
            if (locations.Slots.TryAddress(argument, out int passed, out _) && passed == slot) return true;
        }
        return false;
    }
}
