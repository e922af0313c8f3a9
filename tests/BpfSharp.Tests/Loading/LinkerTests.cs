using BpfSharp.Loading;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Tests.Loading;

public class LinkerTests
{
    private static readonly Instruction Exit = Instruction.Create(0x95, 0, 0, 0, 0);
    private static readonly Instruction Call = Instruction.Create(0x85, 0, 1, 0, -1);
    private static readonly Instruction Load = Instruction.Create(0x18, 2, 0, 0, 0);
    private static readonly Instruction LoadRest = Instruction.Create(0, 0, 0, 0, 0);

    [Fact]
    public void SubprogramsStandBehindTheProgramOnceEach()
    {
        // main calls a and b; a calls b: main 0..2, a 3..4, b 5.
        FunctionSpec main = Function("main", "xdp", [Call, Call, Exit], new RelocationSpec(0, RelocationKind.Call, "a", 0), new RelocationSpec(1, RelocationKind.Call, "b", 0));
        FunctionSpec a = Function("a", ".text", [Call, Exit], new RelocationSpec(0, RelocationKind.Call, "b", 0));
        FunctionSpec b = Function("b", ".text", [Exit]);
        FunctionSpec unused = Function("unused", ".text", [Exit]);
        LinkedProgram linked = Link(main, a, b, unused);
        Assert.Equal([("main", 0), ("a", 3), ("b", 5)], linked.Functions.Select(f => (f.Function.Name, f.Start)));
        // A call's target is relative to the instruction behind it.
        Assert.Equal([2, 3, 1], [linked.Instructions[0].Immediate, linked.Instructions[1].Immediate, linked.Instructions[3].Immediate]);
    }

    [Fact]
    public void CallbacksAreAddressesRelativeToTheLoad()
    {
        FunctionSpec main = Function("main", "xdp", [Load, LoadRest, Exit], new RelocationSpec(0, RelocationKind.Function, "callback", 0));
        LinkedProgram linked = Link(main, Function("callback", ".text", [Exit]));
        Assert.Equal((4, 2), (linked.Instructions[0].Source, linked.Instructions[0].Immediate));
    }

    [Fact]
    public void WhatTheObjectDoesNotHaveIsNamed()
    {
        FunctionSpec main = Function("main", "xdp", [Load, LoadRest, Exit], new RelocationSpec(0, RelocationKind.Map, "gone", 0));
        Assert.Contains("map 'gone'", Assert.Throws<BpfException>(() => Link(main)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RelocationsOfOtherInstructionsAreRefused()
    {
        FunctionSpec main = Function("main", "xdp", [Exit], new RelocationSpec(0, RelocationKind.Function, "f", 0));
        Assert.Throws<FormatException>(() => Link(main, Function("f", ".text", [Exit])));
    }

    [Fact]
    public void LinesAreFoundInSubprograms()
    {
        FunctionSpec main = Function("main", "xdp", [Call, Exit], new RelocationSpec(0, RelocationKind.Call, "a", 0));
        FunctionSpec a = Function("a", ".text", [Load, LoadRest, Exit]) with { Lines = [new(0, "a.cs", 3, 1, "x"), new(2, "a.cs", 9, 1, "y")] };
        LinkedProgram linked = Link(main, a);
        Assert.Equal(3, linked.LineOf(3)!.Value.Line);
        Assert.Equal(9, linked.LineOf(4)!.Value.Line);
        Assert.Null(linked.LineOf(0));
        Assert.Null(linked.LineOf(99));
    }

    private static FunctionSpec Function(string name, string section, Instruction[] code, params RelocationSpec[] relocations) =>
        new() { Name = name, Section = section, Instructions = [.. code], Relocations = [.. relocations] };

    private static LinkedProgram Link(FunctionSpec main, params FunctionSpec[] others)
    {
        using KernelBtf kernel = new();
        using LoadedBtf none = LoadedBtf.Load(new ObjectSpec());
        CoreRelocations core = new(none, kernel);
        ObjectSpec spec = new() { Functions = [main, .. others] };
        ExternTable externs = ExternTable.Read(spec);
        return new Linker(spec, externs, new KernelSymbols(externs, none, kernel), core, new LoadedParts()).Link(main);
    }
}
