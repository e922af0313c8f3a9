using System.ComponentModel;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using BpfSharp.KernelTests.Raw;
using Microsoft.Win32.SafeHandles;

namespace BpfSharp.KernelTests;

/// <summary>A named network namespace (as <c>ip netns</c> makes them), with its loopback device up; removed when disposed.</summary>
public sealed class NetworkNamespace : IDisposable
{
    internal NetworkNamespace(string name)
    {
        Name = name;
        Command.Run("ip", "netns", "add", name);
        Ip("link", "set", "lo", "up");
    }

    /// <summary>The name under /run/netns.</summary>
    public string Name { get; }

    /// <summary>The file that stands for the namespace.</summary>
    public string Path => $"/run/netns/{Name}";

    /// <summary>Runs <c>ip</c> in this namespace.</summary>
    public string Ip(params string[] arguments) => Command.Run("ip", ["-n", Name, .. arguments]);

    /// <summary>Runs <c>tc</c> in this namespace.</summary>
    public string Tc(params string[] arguments) => Command.Run("tc", ["-n", Name, .. arguments]);

    /// <summary>Runs an action on a thread of its own that is in this namespace; what it throws is thrown here. Not for async code.</summary>
    public void Run(Action action) => Run(() =>
    {
        action();
        return true;
    });

    /// <summary>Runs a function on a thread of its own that is in this namespace, and returns its result. Not for async code.</summary>
    public T Run<T>(Func<T> function) => OnOwnThread(
        () =>
        {
            using SafeFileHandle handle = File.OpenHandle(Path);
            return Libc.setns((int)handle.DangerousGetHandle(), Libc.CLONE_NEWNET);
        },
        function);

    /// <summary>Runs an action in a namespace without a name, which ends with the thread.</summary>
    internal static void RunInTemporary(Action action) => OnOwnThread(() => Libc.unshare(Libc.CLONE_NEWNET), () =>
    {
        action();
        return true;
    });

    /// <inheritdoc/>
    public void Dispose() => Command.Run("ip", "netns", "delete", Name);

    static T OnOwnThread<T>(Func<int> enter, Func<T> function)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (enter() != 0) throw new Win32Exception(Marshal.GetLastPInvokeError(), $"entering a network namespace: {Errno.Describe(Marshal.GetLastPInvokeError())}");
                result = function();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }
}
