using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>A run of bytes behind a base that does not change.</summary>
/// <param name="Base">The base's number: equal numbers are equal addresses.</param>
/// <param name="Region">What the address points into.</param>
/// <param name="Offset">Bytes from the base.</param>
/// <param name="Size">Bytes.</param>
internal readonly record struct Location(int Base, Region Region, long Offset, int Size)
{
    /// <summary>Whether two runs behind the same base have a byte in common.</summary>
    internal bool Overlaps(Location other) => Offset < other.Offset + other.Size && other.Offset < Offset + Size;

    /// <summary>Whether all bytes of another run behind the same base are in this one.</summary>
    internal bool Covers(Location other) => Offset <= other.Offset && other.Offset + other.Size <= Offset + Size;
}

/// <summary>Names the memory that operations access, and says which accesses may meet.</summary>
internal sealed class MemoryLocations
{
    private readonly Function _function;
    private readonly Dictionary<string, int> _globals = [];
    private readonly List<bool> _isReadOnly = [];
    private readonly Dictionary<(int Address, CoreAccess Core), int> _relocated = [];

    internal MemoryLocations(Function function, SlotUses uses, Dictionary<string, Global> globals)
    {
        _function = function;
        Slots = uses;
        foreach (string name in globals.Keys)
        {
            _globals[name] = _isReadOnly.Count;
            _isReadOnly.Add(globals[name].IsReadOnly);
        }
    }

    /// <summary>The slots' uses.</summary>
    internal SlotUses Slots { get; }

    /// <summary>The location of an access. A member of a kernel struct is one by itself; null for other accesses whose offset is only known at load time.</summary>
    internal Location? Of(Value address, Value access, int size)
    {
        if (access.Core is not null) return access.Op is Op.KernelRead or Op.KernelFollow or Op.KernelWrite ? Relocated(address, access, size) : null;
        long offset = SlotUses.AccessOffset(access);
        while (address.Op == Op.PtrAdd && address.Arguments.Count == 1 && address.Core is null)
        {
            offset += address.Immediate;
            address = address.Arguments[0];
        }
        if (address.Op == Op.SlotAddress) return new Location((int)address.Immediate, Region.Stack, offset, size);
        if (address.Op == Op.GlobalAddress && _globals.TryGetValue(address.Symbol!, out int global))
            return new Location(_function.Slots.Count + global, Region.Data, offset + address.Immediate, size);
        return new Location(_function.Slots.Count + _globals.Count + address.Id, address.Type.Region, offset, size);
    }

    private Location Relocated(Value address, Value access, int size)
    {
        (int, CoreAccess) key = (address.Id, access.Core!);
        if (!_relocated.TryGetValue(key, out int number)) _relocated.Add(key, number = _relocated.Count);
        return new Location(int.MaxValue - number, address.Type.Region, 0, size);
    }

    /// <summary>Whether a base is a slot.</summary>
    internal bool IsSlot(Location location) => location.Base < _function.Slots.Count;

    /// <summary>Whether nothing changes a location while the program runs.</summary>
    internal bool IsReadOnly(Location location) => IsGlobal(location) && _isReadOnly[location.Base - _function.Slots.Count];

    /// <summary>Whether two accesses may have a byte in common.</summary>
    internal bool MayMeet(Location a, Location b)
    {
        if (a.Base == b.Base) return a.Overlaps(b);
        if (a.Region != b.Region && a.Region != Region.Unknown && b.Region != Region.Unknown) return false;
        if (IsSlot(a) && IsSlot(b)) return false;
        if (IsGlobal(a) && IsGlobal(b)) return false;
        // Only a slot whose address went somewhere can be what another pointer points to.
        if (IsSlot(a)) return Slots.Escapes[a.Base] == SlotEscape.Wild;
        if (IsSlot(b)) return Slots.Escapes[b.Base] == SlotEscape.Wild;
        return true;
    }

    private bool IsGlobal(Location location) => location.Base >= _function.Slots.Count && location.Base < _function.Slots.Count + _globals.Count;
}
