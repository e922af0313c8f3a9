namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>What cannot be done with maps that are found in other maps.</summary>
public class InnerMapTests
{
    [Theory]
    [InlineData("", "return Tables.TryGet(1, out var t) && t.Contains(2) ? 1 : 0;")]
    [InlineData("", "return Tables.TryGet(1, out var t) ? Has(t) : 0; } static int Has(HashMap<uint, uint> t) { return t.Contains(2) ? 1 : 0;")]
    [InlineData("", "Rows.TryGet(a, out var r); return (int)r![2];")]
    [InlineData("BPF0127", "uint s = 0; return Tables.TryGet(1, out var t) ? (int)[|t.ForEach(ref s, static (in k, ref v, ref n) => true)|] : 0;")]
    [InlineData("BPF0127", "Tables.TryGet(1, out var t); t = [|Plain|]; return 0;")]
    [InlineData("BPF0128", "return Tables.TryGet(1, out var t) ? [|t.Count|] : 0;")]
    [InlineData("BPF0128", "[|Tables.Clear()|]; return 0;")]
    public void Uses(string id, string body)
    {
        int start = body.IndexOf("[|", StringComparison.Ordinal), end = body.IndexOf("|]", StringComparison.Ordinal) - 2;
        string text = body.Replace("[|", "").Replace("|]", "");
        Compiled compiled = new($$"""
            [BpfObject(License = "GPL")] public static partial class T
            {
                [BpfMap(MaxEntries = 4, InnerMaxEntries = 4)] static partial ArrayOfMaps<HashMap<uint, uint>> Tables { get; }
                [BpfMap(MaxEntries = 4, InnerMaxEntries = 4)] static partial HashOfMaps<int, ArrayMap<uint>> Rows { get; }
                [BpfMap(MaxEntries = 4)] static partial HashMap<uint, uint> Plain { get; }
                static int F(int a) { {{text}} }
            }
            partial class T
            {
                static partial ArrayOfMaps<HashMap<uint, uint>> Tables => throw null!;
                static partial HashOfMaps<int, ArrayMap<uint>> Rows => throw null!;
                static partial HashMap<uint, uint> Plain => throw null!;
            }
            """);
        Assert.Empty(compiled.Errors);
        var diagnostics = compiled.LowerMethod("T", "F").Diagnostics;
        Assert.Equal(id, string.Join(",", diagnostics.Select(static d => d.Id)));
        if (start >= 0) Assert.Equal(text[start..end], compiled.Source.Substring(diagnostics[0].Position.Start, diagnostics[0].Position.Length));
    }

    [Theory]
    [InlineData("public struct Locked { public BpfSpinLock Lock; } [BpfMap(MaxEntries = 1, InnerMaxEntries = 1)] static partial ArrayOfMaps<ArrayMap<Locked>> M { get; }", "ArrayOfMaps<ArrayMap<Locked>>")]
    [InlineData("public struct Timed { public BpfTimer Timer; } [BpfMap(MaxEntries = 1, InnerMaxEntries = 1)] static partial ArrayOfMaps<HashMap<int, Timed>> M { get; }", "ArrayOfMaps<HashMap<int, Timed>>")]
    public void No_locks_and_timers_in_them(string members, string type)
    {
        Compiled compiled = new($"[BpfObject] public static partial class T {{ {members} static int F(int a) => a; }} partial class T {{ static partial {type} M => throw null!; }}");
        Assert.Empty(compiled.Errors);
        Assert.Equal(["BPF0141"], compiled.LowerMethod("T", "F").Diagnostics.Select(static d => d.Id));
    }
}
