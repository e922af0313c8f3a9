using Xunit.Abstractions;
using Xunit.Sdk;

namespace BpfSharp.KernelTests.Runner;

/// <summary>
/// Turns xunit's messages into results. A test below its minimum is expected to fail: its failure is <see cref="Outcome.Refused"/>, and
/// where every row of the method passes the claim is wrong, which is known when the run has ended.
/// </summary>
sealed class ResultSink(Action<TestResult> report) : LongLivedMarshalByRefObject, IMessageSink, IDisposable
{
    readonly ManualResetEventSlim _finished = new();
    readonly Dictionary<string, List<TestResult>> _belowMinimum = [];

    /// <summary>Waits until xunit has reported the end of the assembly, then reports the claims that proved wrong.</summary>
    public void Finish()
    {
        _finished.Wait();
        foreach (List<TestResult> rows in _belowMinimum.Values)
        {
            bool claimIsWrong = rows.TrueForAll(r => r.Outcome == Outcome.Passed);
            foreach (TestResult row in rows)
            {
                report(row.Outcome == Outcome.Failed ? row with { Outcome = Outcome.Refused }
                    : claimIsWrong ? row with { Outcome = Outcome.Failed, Text = $"{row.Text}, but passed on {ThisKernel.Release}" }
                    : row with { Text = "" });
            }
        }
    }

    /// <inheritdoc/>
    public bool OnMessage(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestStarting m:
                report(Result(Outcome.Started, m, 0, ""));
                break;
            case ITestSkipped m:
                report(Result(Outcome.Skipped, m, 0, m.Reason));
                break;
            case ITestPassed m:
                Report(m, Result(Outcome.Passed, m, m.ExecutionTime, ""));
                break;
            case ITestFailed m:
                Report(m, Result(Outcome.Failed, m, m.ExecutionTime, Describe(m) + Output(m)));
                break;
            case ITestAssemblyFinished:
                _finished.Set();
                break;
            case IFailureInformation failure: // clean-up failures of fixtures, and errors of xunit itself
                report(new TestResult(Outcome.Failed, message.GetType().Name, message.GetType().Name, 0, Describe(failure)));
                break;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _finished.Dispose();

    void Report(ITestMessage message, TestResult result)
    {
        Requirement? requirement = TestRun.RequirementOf(message.TestCase);
        if (requirement is not { IsBelowMinimum: true, InexactMinimum: null })
        {
            report(result);
            return;
        }

        if (result.Outcome == Outcome.Passed) result = result with { Text = $"claimed minimum {requirement.Minimum}" };
        if (!_belowMinimum.TryGetValue(result.Method, out List<TestResult>? rows)) _belowMinimum.Add(result.Method, rows = []);
        rows.Add(result);
    }

    static TestResult Result(Outcome outcome, ITestMessage message, decimal seconds, string text) =>
        new(outcome, TestRun.MethodOf(message.TestCase), message.Test.DisplayName, (long)(seconds * 1000), text);

    static string Describe(IFailureInformation failure)
    {
        var parts = failure.ExceptionTypes.Zip(failure.Messages, failure.StackTraces);
        return string.Join("\n---\n", parts.Select(p => $"{p.First}: {p.Second}\n{p.Third}"));
    }

    static string Output(ITestResultMessage message) => message.Output.Length > 0 ? $"\nOutput:\n{message.Output}" : "";
}
