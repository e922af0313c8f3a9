using System.Runtime.InteropServices;

namespace BpfSharp.Syscalls;

/// <summary>A descriptor of a map, program, link, BTF or perf event; closed once, when disposed or finalised.</summary>
internal sealed class BpfHandle : SafeHandle
{
    private readonly string _what;
    private readonly Lock _gate = new();
    private List<IDisposable>? _dependents;
    private CancellationTokenSource? _closing;
    private Events.Signal? _closingSignal;
    private bool _isDisposed;

    /// <summary>Takes ownership of <paramref name="fd"/>.</summary>
    /// <param name="fd">An open descriptor.</param>
    /// <param name="what">What it is, for <see cref="ObjectDisposedException"/>: "map 'counts'".</param>
    public BpfHandle(int fd, string what) : base(-1, ownsHandle: true)
    {
        _what = what;
        SetHandle(fd);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == -1;

    /// <summary>The descriptor. Keep the handle alive for as long as it is used.</summary>
    /// <exception cref="ObjectDisposedException">The handle was closed.</exception>
    public int Fd
    {
        get
        {
            if (IsClosed) ThrowDisposed();
            return (int)handle;
        }
    }

    /// <summary>Cancelled when this handle is disposed: what waits for it ends.</summary>
    /// <exception cref="ObjectDisposedException">The handle was closed.</exception>
    public CancellationToken Closing
    {
        get
        {
            lock (_gate)
            {
                if (_isDisposed) ThrowDisposed();
                return (_closing ??= new()).Token;
            }
        }
    }

    /// <summary>Set when this handle is disposed, for what waits for descriptors.</summary>
    /// <exception cref="ObjectDisposedException">The handle was closed.</exception>
    public Events.Signal ClosingSignal
    {
        get
        {
            lock (_gate)
            {
                if (_isDisposed) ThrowDisposed();
                return _closingSignal ??= new();
            }
        }
    }

    /// <summary>Disposes <paramref name="dependent"/>, e.g. a mapping of the map's memory, when this handle is disposed: at once, if another thread just did.</summary>
    public void DisposeWith(IDisposable dependent)
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                (_dependents ??= []).Add(dependent);
                return;
            }
        }

        dependent.Dispose();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // On finalisation the dependents are finalised by themselves.
        if (disposing) DisposeDependents();
        base.Dispose(disposing);
        if (!disposing) return;
        CancellationTokenSource? closing;
        Events.Signal? signal;
        lock (_gate) (closing, _closing, signal, _closingSignal) = (_closing, null, _closingSignal, null);
        closing?.Cancel();
        signal?.Set();
        signal?.Dispose();
    }

    private void DisposeDependents()
    {
        List<IDisposable>? dependents;
        lock (_gate) (dependents, _dependents, _isDisposed) = (_dependents, null, true);
        foreach (IDisposable dependent in dependents ?? []) dependent.Dispose();
    }

    private void ThrowDisposed() => throw new ObjectDisposedException(_what);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
