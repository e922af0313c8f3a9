using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>Creates an object's maps, or takes those that are to be reused.</summary>
internal sealed unsafe class MapLoader(BpfOpenObject opened, BpfLoadOptions options, LoadedBtf btf, KernelBtf kernel, LoadedParts parts)
{
    /// <summary>Creates the data sections and the maps.</summary>
    public void Load(ExternTable externs)
    {
        foreach (DataSectionSpec section in opened.Spec.DataSections)
        {
            if (section.IsStructOps || section.Name == Arenas.Section) continue;
            if (section.Content.Length > 0) parts.Sections.Add(section.Name, CreateSection(section, opened.Content(section.Name), section.IsReadOnly));
        }

        if (externs.ConfigSize > 0)
        {
            byte[] content = KernelConfiguration.Fill(externs);
            DataSectionSpec section = new() { Name = ExternTable.ConfigSection, Content = ImmutableCollectionsMarshal.AsImmutableArray(content) };
            parts.Sections.Add(section.Name, CreateSection(section, content, isReadOnly: true));
        }

        foreach (BpfMapSettings settings in opened.Maps)
        {
            if (!settings.AutoLoad) continue;
            if (settings.Table is { } table)
            {
                // A table of programs that are not loaded is not needed either.
                if (table.Functions.Length == 0 || table.Functions.Any(f => opened.Program(f.Function).AutoLoad)) parts.Maps.Add(settings.Name, CreateTable(settings, table));
                continue;
            }

            BpfMap map = Obtain(settings);
            map.InnerTemplate = settings.Spec.Inner;
            parts.Maps.Add(settings.Name, map);
        }

        if (opened.Spec.DataSections.FirstOrDefault(static s => s.Name == Arenas.Section) is { } shared) LoadArena(shared);
    }

    /// <summary>Fills the object's arena with what the object says is in it.</summary>
    private void LoadArena(DataSectionSpec section)
    {
        BpfMap[] arenas = [.. parts.Maps.Values.Where(static m => m.Type == MapType.Arena)];
        if (arenas.Length != 1) throw new BpfException($"cannot load object '{opened.Name}': section {section.Name} is for one arena, and it has {arenas.Length}");
        parts.Arena = arenas[0];
        MappedMemory memory = ArenaMemory.Of(parts.Arena);
        if (section.Variables.Any(static v => v.Name == Arenas.Whole))
        {
            uint pages = opened.Maps.First(m => m.Name == parts.Arena.Name).Spec.MaxEntries;
            if (parts.Arena.MaxEntries < pages)
                throw new BpfException($"cannot load object '{opened.Name}': its programs use {pages} pages of {parts.Arena.What}, which has {parts.Arena.MaxEntries}; its capacity can only be raised");
            memory.Populate();
        }

        if ((nuint)section.Content.Length > memory.Length)
            throw new BpfException($"cannot load object '{opened.Name}': section {section.Name} has {section.Content.Length} bytes, and {parts.Arena.What} {memory.Length}");
        // What is zero is so by itself, and an arena that was there before keeps what it has.
        if (section.Content.AsSpan().ContainsAnyExcept((byte)0)) section.Content.AsSpan().CopyTo(new Span<byte>(memory.Pointer, section.Content.Length));
    }

    /// <summary>Creates a map that belongs to no object.</summary>
    public static BpfMap Create(MapSpec spec)
    {
        if (spec.Type == MapType.StructOps) throw new BpfException($"cannot create map '{spec.Name}': a struct_ops map belongs to an object, whose types say what is in it");
        using LoadedBtf none = LoadedBtf.Load(new ObjectSpec());
        using KernelBtf kernel = new();
        MapLoader loader = new(new BpfOpenObject(new ObjectSpec(), spec.Name), new BpfLoadOptions(), none, kernel, new LoadedParts());
        return loader.Create(new BpfMapSettings(spec));
    }

    /// <summary>Creates the map of a table of functions. Nothing is in it until it is attached.</summary>
    private BpfMap CreateTable(BpfMapSettings settings, StructOpsSpec spec)
    {
        if (settings.Reuse is not null || settings.PinPath is not null)
            throw new BpfException($"cannot load table '{spec.Name}': a table of functions cannot be taken from elsewhere; pin its link");
        if (!btf.IsLoaded) throw new BpfException($"cannot load table '{spec.Name}': {btf.Failure}");
        StructOpsTable table = new StructOpsLayout(btf, kernel).Resolve(spec, opened.Content(spec.Section).Slice(spec.Offset, spec.Size));
        MapCreateAttributes attributes = new()
        {
            MapType = (uint)MapType.StructOps,
            KeySize = sizeof(int),
            ValueSize = (uint)table.Value.Length,
            MaxEntries = 1,
            Flags = settings.Flags | (table.Target.Module is null ? 0 : BpfMapFlags.ModuleValueType),
            Name = KernelName.From(spec.Name),
            // The kernel wants to see types of the object, though the value is of the kernel's.
            BtfFd = btf.Fd,
            KernelValueTypeId = (uint)table.Target.ValueTypeId,
            KernelValueTypeFd = table.Target.Module?.Fd ?? 0,
        };
        int fd = BpfSyscall.MapCreate(attributes);
        // Kernels before 6.4 have no links of tables; there it is attached by being written.
        if (fd == -(int)Errno.EINVAL && RunningKernel.Version < StructOpsTable.LinksSince)
        {
            attributes.Flags &= ~BpfMapFlags.Link;
            fd = BpfSyscall.MapCreate(attributes);
        }

        if (fd < 0) throw BpfError.Create(fd, $"create the map of table '{spec.Name}' ({spec.TypeName})");
        parts.Tables.Add(table);
        return new BpfMap(new BpfHandle(fd, $"map '{spec.Name}'"), spec.Name, attributes) { Table = table };
    }

    private BpfMap Obtain(BpfMapSettings settings)
    {
        if (settings.Reuse is { } map)
        {
            // Throws if it was disposed, before anything is made.
            _ = map.Fd;
            MapCompatibility.Check(map, settings, opened.Spec.Btf, $"the given {map.What}");
            parts.Borrowed.Add(map);
            return map;
        }

        string? path = settings.PinPath ?? (settings.Spec.Pinning == MapPinning.ByName ? Path.Combine(options.PinRoot, settings.Name) : null);
        if (path is not null && Reopen(settings, path) is { } pinned) return pinned;
        BpfMap created = Create(settings);
        if (path is null) return created;
        try
        {
            created.Pin(path);
            return created;
        }
        catch
        {
            created.Dispose();
            throw;
        }
    }

    private BpfMap? Reopen(BpfMapSettings settings, string path)
    {
        int fd = Pinning.TryOpen(path);
        if (fd == -(int)Errno.ENOENT) return null;
        BpfError.Check(fd, $"reuse map '{settings.Name}' pinned at {path}");
        BpfMap map = new(new BpfHandle(fd, $"map '{settings.Name}'"), settings.Name);
        try
        {
            MapCompatibility.Check(map, settings, opened.Spec.Btf, $"the map pinned at {path}");
            return map;
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    private DataSectionMap CreateSection(DataSectionSpec section, ReadOnlySpan<byte> content, bool isReadOnly)
    {
        // libbpf's name: eight characters of the object's, then the section's.
        string name = opened.Name.Length > 8 ? opened.Name[..8] + section.Name : opened.Name + section.Name;
        MapCreateAttributes attributes = new()
        {
            MapType = (uint)MapType.Array,
            KeySize = sizeof(int),
            ValueSize = (uint)section.Content.Length,
            MaxEntries = 1,
            Flags = BpfMapFlags.Mmapable | (isReadOnly ? BpfMapFlags.ReadOnlyForPrograms : 0),
            Name = KernelName.From(name),
            BtfFd = section.BtfTypeId != 0 ? btf.Fd : 0,
            ValueTypeId = btf.IsLoaded ? (uint)section.BtfTypeId : 0,
        };
        int fd = TryCreate(ref attributes);
        if (fd == -(int)Errno.EINVAL)
        {
            attributes.Flags &= ~BpfMapFlags.Mmapable;
            fd = TryCreate(ref attributes);
        }

        if (fd < 0) throw BpfError.Create(fd, $"create the map of section {section.Name}");
        BpfMap map = new(new BpfHandle(fd, $"map '{section.Name}'"), section.Name, attributes);
        try
        {
            Fill(map, section.Name, content, isReadOnly);
            return new DataSectionMap(map, section.Name, isReadOnly);
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    private static void Fill(BpfMap map, string name, ReadOnlySpan<byte> content, bool isReadOnly)
    {
        int key = 0;
        if (content.ContainsAnyExcept((byte)0))
            fixed (byte* value = content) BpfError.Check(BpfSyscall.MapUpdate(map.Fd, &key, value, 0), $"fill section {name}");
        if (!isReadOnly) return;
        // Frozen, so that the verifier takes its values as known. Kernels before 5.2 cannot, and do not.
        int result = BpfSyscall.MapFreeze(map.Fd);
        if (result != -(int)Errno.EINVAL) BpfError.Check(result, $"freeze section {name}");
    }

    private BpfMap Create(BpfMapSettings settings)
    {
        MapSpec spec = settings.Spec;
        using BpfMap? inner = spec.Type.IsMapOfMaps() ? CreateInner(spec) : null;
        return Create(spec, settings.MaxEntries, settings.Flags, inner?.Fd ?? 0);
    }

    private BpfMap CreateInner(MapSpec outer) =>
        outer.Inner is { } inner
            ? Create(inner, inner.MaxEntries, inner.Flags, 0)
            : throw new BpfException($"cannot create map '{outer.Name}': a map of maps needs a template of its inner maps");

    private BpfMap Create(MapSpec spec, uint maxEntries, uint flags, int innerFd)
    {
        maxEntries = MapSizes.Normalise(spec.Type, maxEntries);
        if (spec.NumaNode is not null) flags |= BpfMapFlags.NumaNode;
        bool typed = btf.IsLoaded && !spec.Type.RefusesBtf() && spec.ValueTypeId != 0;
        MapCreateAttributes attributes = new()
        {
            MapType = (uint)spec.Type,
            KeySize = (uint)spec.KeySize,
            ValueSize = (uint)spec.ValueSize,
            MaxEntries = maxEntries,
            Flags = flags,
            InnerMapFd = innerFd,
            NumaNode = spec.NumaNode ?? 0,
            Name = KernelName.From(spec.Name),
            BtfFd = typed ? btf.Fd : 0,
            KeyTypeId = typed ? (uint)spec.KeyTypeId : 0,
            ValueTypeId = typed ? (uint)spec.ValueTypeId : 0,
            Extra = spec.Extra,
        };
        if (spec.Type == MapType.Arena && spec.Extra == 0) return CreateArena(spec, ref attributes);
        return Create(spec, ref attributes);
    }

    /// <summary>Creates an arena at an address of this process: programs can be loaded only when it has one, and other processes must map it at the same.</summary>
    private static BpfMap CreateArena(MapSpec spec, ref MapCreateAttributes attributes)
    {
        using ArenaMemory room = ArenaMemory.Reserve(attributes.MaxEntries, $"map '{spec.Name}'");
        attributes.Extra = room.Address;
        BpfMap map = Create(spec, ref attributes);
        try
        {
            room.Map(map);
            return map;
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    private static BpfMap Create(MapSpec spec, ref MapCreateAttributes attributes)
    {
        int fd = TryCreate(ref attributes);
        if (fd < 0) throw BpfError.Create(fd, $"create map '{spec.Name}' ({spec.Type})", MapErrors.CreateHint(spec, attributes.MaxEntries, (Errno)(-fd)));
        return new BpfMap(new BpfHandle(fd, $"map '{spec.Name}'"), spec.Name, attributes);
    }

    /// <summary>Creates a map, without types if the kernel refuses them for it.</summary>
    private static int TryCreate(ref MapCreateAttributes attributes)
    {
        int fd = BpfSyscall.MapCreate(attributes);
        if (fd >= 0 || attributes.BtfFd == 0 || fd is not (-(int)Errno.EINVAL or -(int)Errno.ENOTSUPP)) return fd;
        MapCreateAttributes plain = attributes;
        (plain.BtfFd, plain.KeyTypeId, plain.ValueTypeId) = (0, 0, 0);
        int again = BpfSyscall.MapCreate(plain);
        if (again < 0) return fd;
        attributes = plain;
        return again;
    }
}
