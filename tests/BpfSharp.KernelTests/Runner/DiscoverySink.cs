using Xunit.Abstractions;
using Xunit.Sdk;

namespace BpfSharp.KernelTests.Runner;

/// <summary>Collects the test cases that xunit finds.</summary>
sealed class DiscoverySink : LongLivedMarshalByRefObject, IMessageSink, IDisposable
{
    readonly ManualResetEventSlim _finished = new();
    readonly List<ITestCase> _cases = [];

    /// <summary>Waits for the end of the discovery and returns what it found.</summary>
    public List<ITestCase> Finish()
    {
        _finished.Wait();
        return _cases;
    }

    /// <inheritdoc/>
    public bool OnMessage(IMessageSinkMessage message)
    {
        if (message is ITestCaseDiscoveryMessage found) _cases.Add(found.TestCase);
        else if (message is IDiscoveryCompleteMessage) _finished.Set();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _finished.Dispose();
}
