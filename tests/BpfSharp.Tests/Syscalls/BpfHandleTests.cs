using BpfSharp.Syscalls;

namespace BpfSharp.Tests.Syscalls;

/// <summary>A handle disposes what hangs on it, once, whenever it was hung there.</summary>
public class BpfHandleTests
{
    [Fact]
    public void WhatIsHungOnADisposedHandleIsDisposedAtOnce()
    {
        BpfHandle handle = new(-1, "nothing");
        Dependent early = new(), late = new();
        handle.DisposeWith(early);
        handle.Dispose();
        handle.DisposeWith(late);
        handle.Dispose();
        Assert.Equal((1, 1), (early.Disposals, late.Disposals));
    }

    [Fact]
    public void WhatIsHungOnAHandleWhileItIsDisposedIsDisposedToo()
    {
        BpfHandle handle = new(-1, "nothing");
        Dependent late = new();
        handle.DisposeWith(new Dependent { OnDispose = () => handle.DisposeWith(late) });
        handle.DisposeWith(new Dependent());
        handle.Dispose();
        Assert.Equal(1, late.Disposals);
    }

    private sealed class Dependent : IDisposable
    {
        public Action? OnDispose { get; init; }

        public int Disposals { get; private set; }

        public void Dispose()
        {
            Disposals++;
            OnDispose?.Invoke();
        }
    }
}
