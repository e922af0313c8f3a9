using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>What the flags that a map is created with do.</summary>
public class MapFlagTests
{
    private const int Lookup = 1, Update = 2;

    [KernelFact]
    public void MapThatIsReadOnlyForProgramsIsWrittenByUserSpaceAlone()
    {
        MapSpec map = new() { Name = "map", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1, Flags = BpfMapFlags.ReadOnlyForPrograms };
        using BpfObject loaded = CodeBuilder.Open([Element(static b => b.Load64(0, 0, 0).Exit())], [map]).Load();
        new BpfArray<long>(loaded.Map("map"))[0] = 42;
        Assert.Equal(42u, loaded.Program("use").TestRun(new byte[64]).ReturnValue);
        // In place, and by the helper.
        Assert.Contains("write", Rejected(map, Element(static b => b.Move(1, 7).Store64(0, 0, 1).Return(0))), StringComparison.Ordinal);
        Assert.Contains("write", Rejected(map, Updater()), StringComparison.Ordinal);
    }

    [KernelFact]
    public void MapThatIsWriteOnlyForProgramsIsReadByUserSpaceAlone()
    {
        MapSpec map = new() { Name = "map", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1, Flags = BpfMapFlags.WriteOnlyForPrograms };
        using BpfObject loaded = CodeBuilder.Open([Updater()], [map]).Load();
        loaded.Program("use").TestRun(new byte[64]);
        Assert.Equal(7, new BpfArray<long>(loaded.Map("map"))[0]);
        Assert.Contains("read", Rejected(map, Element(static b => b.Load64(0, 0, 0).Exit())), StringComparison.Ordinal);
    }

    /// <summary>Each processor has its share of the entries: who writes on one alone does not get those of the others.</summary>
    [KernelFact]
    public void LruMapWithoutACommonListHasAShareForEachProcessor()
    {
        const int Share = 64;
        using Oracle.Running.PinnedThread pinned = new();
        int processors = PossibleCpus.Count;
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.LruHash, 4, 8, (uint)(Share * processors), BpfMapFlags.NoCommonLru);
        BpfHashMap<int, long> map = new(loaded.Map("map"));
        Assert.Equal(((uint)(Share * processors), BpfMapFlags.NoCommonLru), (map.MaxEntries, map.Flags));
        for (int i = 0; i < 10 * Share * processors; i++) map.Set(i, i);
        // A full share makes room for four at a time (PERCPU_FREE_TARGET).
        Assert.InRange(map.Count(), Share - 4, Share);
        Assert.True(map.ContainsKey((10 * Share * processors) - 1));
    }

    /// <summary>The capacity is rounded up, so that each processor has as many.</summary>
    [KernelFact]
    public void CapacityOfAnLruMapWithoutACommonListIsAMultipleOfTheProcessors()
    {
        int processors = PossibleCpus.Count;
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.LruHash, 4, 8, (uint)((10 * processors) + 1), BpfMapFlags.NoCommonLru);
        uint expected = (uint)(11 * processors);
        Assert.Equal((expected, expected), (loaded.Map("map").MaxEntries, loaded.Map("map").Info.MaxEntries));
    }

    [KernelFact(Minimum = "5.10")]
    public void InnerArraysOfAnyCapacityNeedTheirFlag()
    {
        using BpfObject loaded = MapOfArrays(BpfMapFlags.InnerMap).Load();
        BpfMapOfMaps<int> outer = new(loaded.Map("outer"));
        using BpfArray<long> large = new(BpfMap.Create(Inner(BpfMapFlags.InnerMap, 5))) { [4] = 44 };
        outer.Set(0, large);
        // The program reads the last element of what is larger than the template, whose two it was checked with.
        Assert.Equal(44u, loaded.Program("use").TestRun(new byte[64]).ReturnValue);

        using BpfObject strict = MapOfArrays(0).Load();
        using BpfArray<long> same = new(BpfMap.Create(Inner(0, 2))), other = new(BpfMap.Create(Inner(0, 5)));
        BpfMapOfMaps<int> fixedOuter = new(strict.Map("outer"));
        fixedOuter.Set(0, same);
        BpfException e = Assert.Throws<BpfException>(() => fixedOuter.Set(0, other));
        Assert.Equal("EINVAL", e.ErrorName);
        Assert.Contains("capacity", e.Message, StringComparison.Ordinal);
    }

    private static MapSpec Inner(uint flags, uint entries) =>
        new() { Name = "inner", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = entries, Flags = flags };

    /// <summary>A program that reads element 4 of the first inner array, -1 where there is none.</summary>
    private static BpfOpenObject MapOfArrays(uint flags) => CodeBuilder.Open(
        [
            new CodeBuilder().Move(1, 0).Store32(10, -4, 1).LoadMap(1, "outer").MoveRegister(2, 10).AddImmediate(2, -4).Helper(Lookup).JumpIfNotEqual(0, 0, 2).Return(-1)
                .Move(1, 4).Store32(10, -4, 1).MoveRegister(1, 0).MoveRegister(2, 10).AddImmediate(2, -4).Helper(Lookup).JumpIfNotEqual(0, 0, 2).Return(-1)
                .Load64(0, 0, 0).Exit().Function("use", "socket"),
        ],
        [new() { Name = "outer", Type = MapType.ArrayOfMaps, KeySize = 4, ValueSize = 4, MaxEntries = 1, Inner = Inner(flags, 2) }]);

    /// <summary>A program that does something with the first element, to which r0 points.</summary>
    private static FunctionSpec Element(Func<CodeBuilder, CodeBuilder> use) => use(new CodeBuilder().Move(1, 0).Store32(10, -4, 1).LoadMap(1, "map")
        .MoveRegister(2, 10).AddImmediate(2, -4).Helper(Lookup).JumpIfNotEqual(0, 0, 2).Return(0)).Function("use", "socket");

    /// <summary>A program that writes 7 into the first element by the helper.</summary>
    private static FunctionSpec Updater() => new CodeBuilder().Move(1, 0).Store32(10, -4, 1).Move(1, 7).Store64(10, -16, 1).LoadMap(1, "map")
        .MoveRegister(2, 10).AddImmediate(2, -4).MoveRegister(3, 10).AddImmediate(3, -16).Move(4, 0).Helper(Update).Return(0).Function("use", "socket");

    /// <summary>What the verifier says of a program.</summary>
    private static string Rejected(MapSpec map, FunctionSpec program) =>
        Assert.Throws<BpfVerifierException>(() => CodeBuilder.Open([program], [map]).Load()).Message;
}
