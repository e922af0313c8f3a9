using BpfSharp.Compiler.Passes;

namespace BpfSharp.Compiler.Tests.Passes;

public sealed class PassTableTests
{
    [Fact]
    public void TheOrderKeepsItsConstraints() => Assert.Null(PassTable.BrokenOrder(PassTable.Rows));

    [Fact]
    public void AWrongOrderIsFound() =>
        Assert.Equal("'b' runs before 'a'", PassTable.BrokenOrder([new FunctionPass("b", static (_, _) => { }, "a"), new FunctionPass("a", static (_, _) => { })]));

    [Fact]
    public void EveryConstraintNamesAPass()
    {
        HashSet<string> names = [.. PassTable.Rows.Select(p => p.Name)];
        Assert.All(PassTable.Rows.SelectMany(p => p.After), name => Assert.Contains(name, names));
    }
}
