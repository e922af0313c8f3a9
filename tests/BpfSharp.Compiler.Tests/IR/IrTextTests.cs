using System.Collections.Immutable;
using System.Text;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler.Tests.IR;

public sealed class IrTextTests
{
    [Fact]
    public void PrintsAFunctionAsDocumented()
    {
        Module module = Sample();
        string expected = """
            license "GPL"
            type 1 int "unsigned int" 4 0 32 0
            map @Counts Hash key 4 value 8 entries 10240 keytype 1 values("a" "") inner( @t Array key 4)
            global @dropped ".bss" size 8 align 8 type 1
            global @Only ".rodata" size 2 align 2 type 1 = 01ff
            function @Count section "tracepoint/a/b" returns i32 fault -1 global inline never btf 3 debug 4 (ptr.context "ctx", i64 "n") {
              slot 0 size 4 align 4 "pid"
            b0:
              %0 = param ptr.context "ctx"
              %1 = slot ptr.stack !7
              store %1, %0 u32 #8 !7
              %3 = load i64 %0 u64 #16 core(1 "0:1" 0) !7
              %4 = helper i64 %1, %3 #14 !7
              %5 = eq i32 %3, %4 !7
              branch %5 -> b2, b1 !7
            b2: b0
              return %5 !7
            b1: b0
              fault !7
            }

            """;
        Assert.Equal(expected.ReplaceLineEndings("\n"), IrPrinter.Print(module));
    }

    [Fact]
    public void ParsingGivesBackTheModule()
    {
        Module module = Sample();
        Module parsed = IrParser.Parse(IrPrinter.Print(module));
        Assert.Equal(module.Types, parsed.Types);
        Assert.Equal(module.Globals.Select(g => (g.Name, g.Section, g.Size, g.Alignment, g.TypeId)), parsed.Globals.Select(g => (g.Name, g.Section, g.Size, g.Alignment, g.TypeId)));
        Assert.Equal(module.Globals[1].Initial.AsEnumerable(), parsed.Globals[1].Initial.AsEnumerable());
        MapSpec map = parsed.Maps[0];
        Assert.Equal((module.Maps[0].Name, module.Maps[0].Type, 4, 8, 10240u, "t"), (map.Name, map.Type, map.KeySize, map.ValueSize, map.MaxEntries, map.Inner!.Name));
        Function function = parsed.Functions[0];
        Assert.Equal([new Parameter(IrType.Pointer(Region.Context), "ctx"), new Parameter(IrType.I64, "n")], function.Parameters);
        Assert.Equal(new CoreAccess(1, "0:1", CoreRelocationKind.FieldByteOffset), function.Entry.Values[3].Core);
        Assert.Same(function.Blocks[2], function.Entry.Successors[1]);
    }

    [Fact]
    public void EveryKindOfTypeSurvives()
    {
        Module module = new();
        module.Types.AddRange([
            new BtfInt("char", 1, BtfIntEncoding.Signed | BtfIntEncoding.Char, 8, 2), new BtfPointer(1), new BtfArray(1, 2, 3),
            new BtfStruct("s", false, 8, [new BtfMember("a", 1, 0), new BtfMember("", 3, 8, 4)]), new BtfStruct("", true, 4, []),
            new BtfEnum("e", 4, true, false, [new BtfEnumValue("x", long.MinValue), new BtfEnumValue("y", -1)]), new BtfForward("f", true),
            new BtfTypedef("t", 4), new BtfQualified(BtfQualifier.Restrict, 1), new BtfFunction("g", 11, BtfLinkage.Extern),
            new BtfPrototype(0, [new BtfParameter("a", 1), new BtfParameter("", 0)]), new BtfVariable("v", 1, BtfLinkage.Global),
            new BtfDataSection(".data", 8, [new BtfSectionVariable(12, 0, 8)]), new BtfFloat("double", 8), new BtfDeclarationTag("d\"q\\\n", 4, -1), new BtfTypeTag("kptr", 1)]);
        Module parsed = IrParser.Parse(IrPrinter.Print(module));
        Assert.Equal(module.Types.Where(t => t is not BtfDataSection), parsed.Types.Where(t => t is not BtfDataSection));
        Assert.Equal(((BtfDataSection)module.Types[12]).Variables.AsEnumerable(), ((BtfDataSection)parsed.Types[12]).Variables.AsEnumerable());
        IEnumerable<Type> kinds = typeof(BtfType).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(BtfType)) && !t.IsAbstract);
        Assert.Equal(kinds.OrderBy(t => t.Name), module.Types.Select(t => t.GetType()).Distinct().OrderBy(t => t.Name));
    }

    [Fact]
    public void EveryOperationSurvives()
    {
        StringBuilder text = new("license \"\"\nfunction @f () {\nb0:\n  %0 = const i64 #-9223372036854775808\n");
        for (int i = 0; i < OpTable.Count; i++)
            text.Append($"  %{i + 1} = {((Op)i).Name()} ptr.{(Region)Math.Max(1, i % 12)} %0, %{i} {(Access)(1 + (i % 7))} #{i + 1} @a.b \"n\" !{i + 1}\n".ToLowerInvariant());
        text.Append("}\n");
        Assert.Equal(text.ToString(), IrPrinter.Print(IrParser.Parse(text.ToString())));
    }

    [Theory]
    [InlineData("function @f () {\nb0:\n  return %1\n}", "not defined")]
    [InlineData("function @f () {\nb0:\n  jump -> b1\n}", "b1 is used in @f and not defined")]
    [InlineData("function @f () {\nb0:\n  frobnicate\n}", "'frobnicate' is not an operation")]
    [InlineData("function @f () {\nb0:\n  %0 = const i32\n  %0 = const i32\n}", "defined twice")]
    [InlineData("function @f () {\nb0:\n  return", "without end")]
    [InlineData("map @m Heap", "'Heap' is not a type of map")]
    [InlineData("license \"x", "a string without end")]
    public void ErrorsSayWhatAndWhere(string text, string message)
    {
        FormatException error = Assert.Throws<FormatException>(() => IrParser.Parse(text));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("line ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RenumberingCountsFromZero()
    {
        Function function = IrParser.Parse("function @f returns i32 () {\nb7:\n  %40 = const i32 #1\n  jump -> b3\nb3: b7\n  return %40\n}").Functions[0];
        Assert.Equal("function @f returns i32 () {\nb0:\n  %0 = const i32 #1\n  jump -> b1\nb1: b0\n  return %0\n}\n", IrPrinter.Print(function, renumber: true));
    }

    private static Module Sample()
    {
        Module module = new() { License = "GPL" };
        module.Types.Add(new BtfInt("unsigned int", 4, BtfIntEncoding.None, 32));
        module.Maps.Add(new MapSpec
        {
            Name = "Counts",
            Type = MapType.Hash,
            KeySize = 4,
            ValueSize = 8,
            MaxEntries = 10240,
            KeyTypeId = 1,
            Values = ["a", ""],
            Inner = new MapSpec { Name = "t", Type = MapType.Array, KeySize = 4 },
        });
        module.Globals.Add(new Global("dropped", ".bss", 8, 8, 1, []));
        module.Globals.Add(new Global("Only", ".rodata", 2, 2, 1, ImmutableArray.Create<byte>(1, 255)));
        Function function = new("Count") { Section = "tracepoint/a/b", ReturnType = IrType.I32, FaultResult = -1, IsGlobal = true, Inline = InlineHint.Never, BtfTypeId = 3, DebugId = 4 };
        function.Parameters.Add(new Parameter(IrType.Pointer(Region.Context), "ctx"));
        function.Parameters.Add(new Parameter(IrType.I64, "n"));
        Slot slot = function.AddSlot(4, 4, "pid");
        FunctionBuilder b = new(function);
        Value context = b.Parameter(0);
        b.DebugId = 7;
        Value address = b.Address(slot);
        b.Store(Access.U32, address, context, 8);
        Value loaded = b.Load(IrType.I64, Access.U64, context, 16);
        loaded.Core = new CoreAccess(1, "0:1", CoreRelocationKind.FieldByteOffset);
        Value called = b.CallHelper(14, IrType.I64, address, loaded);
        Value condition = b.Compare(Op.Eq, loaded, called);
        Block no = b.NewBlock();
        Block yes = b.NewBlock();
        b.Branch(condition, yes, no);
        b.Continue(yes);
        b.Return(condition);
        b.Continue(no);
        b.Fault();
        function.Blocks.Reverse(1, 2);
        module.Functions.Add(function);
        return module;
    }
}
