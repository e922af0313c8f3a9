using BpfSharp.KernelTests.Runner;

namespace BpfSharp.KernelTests.Infrastructure;

public class MatrixReportTests
{
    static readonly string s_ended = Line(Outcome.Verdict, "", "ended");

    [Fact]
    public void ATestThatRanOnOneKernelIsEnough() =>
        Assert.Empty(Report(Kernel("5.10", Line(Outcome.Skipped, "C.New"), Line(Outcome.Passed, "C.Old"), s_ended), Kernel("6.1", Line(Outcome.Passed, "C.New"), s_ended)));

    [Theory]
    [InlineData("Skipped")]
    [InlineData("Refused")]
    public void ATestThatRanOnNoKernelIsAProblem(string outcome)
    {
        string line = Line(Enum.Parse<Outcome>(outcome), "C.New");
        string problem = Assert.Single(Report(Kernel("5.10", line, Line(Outcome.Passed, "C.Old"), s_ended)));
        Assert.Equal("C.New: ran on no kernel of the matrix", problem);
    }

    [Fact]
    public void AKernelOnWhichNothingRanIsAProblem() => Assert.Equal("5.10: no test ran", Report(Kernel("5.10", s_ended))[0]);

    [Fact]
    public void ARunWithoutAVerdictIsAProblemNamingTheLastTest() =>
        Assert.StartsWith("5.10: died in C.Last", Report(Kernel("5.10", Line(Outcome.Passed, "C.First"), Line(Outcome.Started, "C.Last")))[0], StringComparison.Ordinal);

    [Fact]
    public void ATestThatBeganAndNeverEndedIsAProblem() =>
        Assert.Equal("5.10: C.Last began and never ended", Report(Kernel("5.10", Line(Outcome.Passed, "C.First"), Line(Outcome.Started, "C.Last"), s_ended))[0]);

    [Fact]
    public void NoKernelAtAllIsAProblem() => Assert.NotEmpty(Report());

    [Fact]
    public void ALineKeepsEveryCharacterOfItsText()
    {
        var result = new TestResult(Outcome.Failed, "C.M", "C.M(x: \"\t\\n\")", 12, "one\ntwo\tthree \\n four\\");
        Assert.Equal(result, TestResult.Parse(result.ToLine()));
        Assert.DoesNotContain('\n', result.ToLine());
    }

    [Fact]
    public void HalfALineIsNoResult() => Assert.Null(TestResult.Parse(Line(Outcome.Passed, "C.M")[..12]));

    static string Line(Outcome outcome, string method, string? name = null) => new TestResult(outcome, method, name ?? method, 1, "").ToLine();

    static KernelRun Kernel(string name, params string[] lines) => new(name, lines);

    static IReadOnlyList<string> Report(params KernelRun[] kernels) => new MatrixReport(kernels, isWhole: true).Problems;
}
