using System.Reflection;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Oracle.Running;

/// <summary>Runs a generated class's bytecode in the running kernel, through the wrappers that the build made of it.</summary>
public sealed class KernelMachine : IMachine
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public;

    private readonly PinnedThread _pinned = new();
    private readonly BpfObject _object;
    private readonly object _globals;
    private readonly PropertyInfo[] _variables;

    /// <summary>Loads the program.</summary>
    /// <param name="program">The class.</param>
    /// <param name="options">How it is loaded.</param>
    /// <exception cref="BpfException">The kernel refused it.</exception>
    public KernelMachine(Type program, BpfLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        object loaded;
        try
        {
            loaded = program.GetMethod("Load", BindingFlags.Static | BindingFlags.Public)!.Invoke(null, [options])!;
        }
        catch (TargetInvocationException e) when (e.InnerException is BpfException inner)
        {
            _pinned.Dispose();
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(inner);
            throw;
        }
        _object = (BpfObject)program.GetProperty("Object")!.GetValue(loaded)!;
        _globals = program.GetProperty("Globals")!.GetValue(loaded)!;
        _variables = [.. _globals.GetType().GetProperties(Members).OrderBy(static p => p.Name, StringComparer.Ordinal)];
    }

    public Observation Run(byte[] packet)
    {
        byte[] output = new byte[packet.Length];
        BpfTestRunResult run = _object.Programs.Single().TestRun(packet, output, default, out int length);
        IEnumerable<string> maps = _object.Maps.OrderBy(static m => m.Name, StringComparer.Ordinal).Select(Entries);
        IEnumerable<string> globals = _variables.Select(v => $"{v.Name.ToLowerInvariant()} = {RawBytes.Text(v.GetValue(_globals)!)}");
        return new Observation(run.ReturnValue, Convert.ToHexString(output.AsSpan(0, length)), string.Join('\n', maps.Concat(globals)));
    }

    public void Dispose()
    {
        _object.Dispose();
        _pinned.Dispose();
    }

    private static string Entries(BpfMap map)
    {
        if (map.Type is MapType.PerCpuArray or MapType.Queue or MapType.Stack) return $"{map.Name}: ";
        List<string> entries = [];
        byte[] key = new byte[map.KeySize], value = new byte[map.ValueSize];
        for (bool more = map.TryNextKey(default, key); more; more = map.TryNextKey([.. key], key))
        {
            if (map.TryLookup(key, value)) entries.Add($"[{Convert.ToHexString(key)}]={Convert.ToHexString(value)}");
        }
        return $"{map.Name}: {string.Join(' ', entries.Order(StringComparer.Ordinal))}";
    }
}
