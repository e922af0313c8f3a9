using System.Collections.Immutable;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Objects.Tests;

public class RoundTripTests
{
    [Fact]
    public void WhatIsWrittenIsRead()
    {
        ObjectSpec spec = Specs.Everything();
        ClangObjectTests.AssertEqual(spec, ObjectReader.Read(ObjectWriter.Write(spec)));
    }

    [Fact]
    public void TheSameSpecificationGivesTheSameBytes() =>
        Assert.Equal(ObjectWriter.Write(Specs.Everything()), ObjectWriter.Write(Specs.Everything()));

    [Fact]
    public void EmptyObjects()
    {
        var empty = new ObjectSpec();
        ClangObjectTests.AssertEqual(empty, ObjectReader.Read(ObjectWriter.Write(empty)));
        var license = new ObjectSpec { License = "Dual MIT/GPL" };
        ClangObjectTests.AssertEqual(license, ObjectReader.Read(ObjectWriter.Write(license)));
    }

    [Fact]
    public void MapsNeedNoTypesOfTheProgram()
    {
        var spec = new ObjectSpec { Maps = [new MapSpec { Name = "m", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 }] };
        ClangObjectTests.AssertEqual(spec, ObjectReader.Read(ObjectWriter.Write(spec)));
    }

    [Fact]
    public void OtherFormsOfARelocatedInstructionAreBroughtIntoForm()
    {
        // The loader's form of both: the immediate and the source register are made anew.
        ObjectSpec spec = Specs.Everything();
        FunctionSpec other = spec.Functions.Single(f => f.Name == "Other");
        FunctionSpec loaded = other with
        {
            Instructions = other.Instructions.SetItem(0, Instruction.Create(Opcode.LoadImmediate64, 1, PseudoSource.Function, 0, 77))
                .SetItem(1, Instruction.Create(0, 0, 0, 0, 78)),
        };
        byte[] written = ObjectWriter.Write(spec with { Functions = spec.Functions.Replace(other, loaded) });
        Assert.Equal(ObjectWriter.Write(spec), written);
    }

    [Fact]
    public void ContradictionsAreRefused()
    {
        ObjectSpec spec = Specs.Everything();
        FunctionSpec filter = spec.Functions.Single(f => f.Name == "Filter");
        AssertRefused("There is no map 'none'", Change(filter with { Instructions = spec.Functions[2].Instructions, Relocations = [new(0, RelocationKind.Map, "none", 0)] }));
        AssertRefused("There is no data section '.none'", Change(filter with { Instructions = spec.Functions[2].Instructions, Relocations = [new(0, RelocationKind.Data, ".none", 0)] }));
        AssertRefused("There is no function 'none'", Change(filter with { Instructions = spec.Functions[2].Instructions, Relocations = [new(12, RelocationKind.Call, "none", 0)] }));
        AssertRefused("behind its end", Change(filter with { Relocations = [new(9, RelocationKind.Map, "Counts", 0)] }));
        AssertRefused("no call and no ld_imm64", Change(filter with { Relocations = [new(0, RelocationKind.Map, "Counts", 0)] }));
        AssertRefused("has no instructions", Change(filter with { Instructions = [] }));
        AssertRefused("Two functions are named 'Count'", Change(filter with { Name = "Count" }));
        AssertRefused("Two maps are named", spec with { Maps = spec.Maps.Add(spec.Maps[0]) });
        AssertRefused("has no type", spec with { Maps = [new MapSpec { Name = "m", Type = MapType.Unspecified }] });
        AssertRefused("has 5 bytes, but its type has 8", spec with { Maps = spec.Maps.SetItem(0, spec.Maps[0] with { KeySize = 5 }) });

        ObjectSpec Change(FunctionSpec changed) => spec with { Functions = spec.Functions.Replace(filter, changed) };

        static void AssertRefused(string problem, ObjectSpec spec) =>
            Assert.Contains(problem, Assert.Throws<ArgumentException>(() => ObjectWriter.Write(spec)).Message);
    }

    [Fact]
    public void SpecificationsCompareByContent()
    {
        ObjectSpec spec = Specs.Everything();
        Assert.Equal(spec, Specs.Everything());
        Assert.Equal(spec.GetHashCode(), Specs.Everything().GetHashCode());
        Assert.NotEqual(spec, spec with { License = "MIT" });
        Assert.NotEqual(spec, spec with { WeakExterns = [] });
        FunctionSpec function = spec.Functions[2];
        Assert.NotEqual(spec, spec with { Functions = spec.Functions.SetItem(2, function with { Lines = [] }) });
        Assert.NotEqual(spec, spec with { Functions = spec.Functions.SetItem(2, function with { CoreRelocations = [] }) });
        Assert.NotEqual(spec, spec with { Functions = spec.Functions.SetItem(2, function with { Instructions = function.Instructions.SetItem(0, default) }) });
        Assert.NotEqual(spec, spec with { Maps = spec.Maps.SetItem(1, spec.Maps[1] with { NumaNode = 2 }) });
        Assert.NotEqual(spec, spec with { DataSections = spec.DataSections.SetItem(2, spec.DataSections[2] with { Content = [8] }) });
        Assert.NotEqual(spec, spec with { Btf = new BtfTypes(ImmutableArray.Create<BtfType>(new BtfPointer(0))) });
    }
}
