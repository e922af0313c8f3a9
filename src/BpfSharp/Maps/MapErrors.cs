using BpfSharp.Errors;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Maps;

/// <summary>What errors of map operations mean.</summary>
internal static class MapErrors
{
    private const string NoLock = "its values have no lock that can be held; declare a BpfSpinLock field (struct bpf_spin_lock, kernel 5.1) in them";

    /// <summary>Why a map could not be created, null if only the error number is known.</summary>
    public static string? CreateHint(MapSpec spec, uint maxEntries, Errno error) => error switch
    {
        Errno.EINVAL when spec.Type is > MapType.Unspecified and <= MapType.Arena && RunningKernel.Version < MapTypes.Since(spec.Type) =>
            $"this type of map needs Linux {MapTypes.Since(spec.Type)}, and {RunningKernel.Version} is running",
        Errno.EINVAL or Errno.E2BIG when maxEntries == 0 => "its capacity is 0; set MaxEntries",
        Errno.EINVAL or Errno.E2BIG =>
            $"the kernel does not take a key of {spec.KeySize} and a value of {spec.ValueSize} bytes, {maxEntries} entries and flags 0x{spec.Flags:x} for this type",
        _ => null,
    };

    /// <summary>Why a lookup, removal or enumeration failed, null if only the error number is known.</summary>
    public static string? KeyHint(BpfMap map, Errno error) => error switch
    {
        Errno.EINVAL when map.ElementFlags != 0 => NoLock,
        Errno.EINVAL when map.Type is MapType.Array or MapType.PerCpuArray => "entries of arrays are always there and cannot be removed; write zeros",
        Errno.EINVAL or Errno.EOPNOTSUPP or Errno.ENOTSUPP => $"maps of type {map.Type} cannot do that",
        Errno.EPERM => Access(map) ?? "the map is frozen, or write-only or read-only for user space",
        _ => null,
    };

    /// <summary>Why a map could not be frozen, null if only the error number is known.</summary>
    public static string? FreezeHint(BpfMap map, Errno error) => error switch
    {
        Errno.EPERM => Access(map),
        Errno.EBUSY => "it is frozen already, or its memory is shared with a process that may write it; freeze it before a view of it maps it",
        Errno.EOPNOTSUPP or Errno.ENOTSUPP => "maps of this type, or with timers in their values, cannot be frozen",
        _ => null,
    };

    /// <summary>What a descriptor that is not for everything is for, null if this one is.</summary>
    private static string? Access(BpfMap map) => map.Access switch
    {
        BpfMapAccess.ReadOnly => "it was opened read-only (BPF_F_RDONLY); open it with BpfMapAccess.ReadWrite to change it",
        BpfMapAccess.WriteOnly => "it was opened write-only (BPF_F_WRONLY); open it with BpfMapAccess.ReadWrite to read it",
        _ => null,
    };

    /// <summary>Why an update failed, null if only the error number is known.</summary>
    public static string? UpdateHint(BpfMap map, Errno error) => error switch
    {
        Errno.EINVAL when map.ElementFlags != 0 => NoLock,
        Errno.E2BIG => $"the map is full or the index is out of range; it holds {map.MaxEntries} entries",
        Errno.ENOSPC => $"the map is full; it holds {map.MaxEntries} entries",
        Errno.EPERM => Access(map) ?? "the map is frozen or read-only for user space",
        Errno.EEXIST => "entries of arrays are always there",
        Errno.EINVAL when map.Type == MapType.ProgramArray => "all programs of a tail-call table must be of the type, attach type and kind of the first, or the table's own",
        Errno.EINVAL when map.Type is MapType.ArrayOfMaps or MapType.HashOfMaps => "the inner map is not of the template's kind, sizes, capacity or flags",
        Errno.EINVAL when map.Type is MapType.DevMap or MapType.DevMapHash or MapType.CpuMap => "there is no such interface or processor, or the program is not for maps of this kind",
        _ => null,
    };
}
