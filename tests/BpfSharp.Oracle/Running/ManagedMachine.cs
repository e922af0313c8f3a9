using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfSharp.Oracle.Running;

/// <summary>Runs a generated class in .NET, with the managed implementations of the kernel-side API.</summary>
public sealed class ManagedMachine : IMachine
{
    private const BindingFlags Members = BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly;

    private readonly Func<byte[], int> _execute;
    private readonly PropertyInfo[] _maps;
    private readonly FieldInfo[] _globals;

    public ManagedMachine(Type program)
    {
        ArgumentNullException.ThrowIfNull(program);
        _execute = program.GetMethod("Execute", Members)!.CreateDelegate<Func<byte[], int>>();
        _maps = [.. program.GetProperties(Members).Where(static p => p.PropertyType.Namespace == "BpfSharp.Kernel").OrderBy(static p => p.Name, StringComparer.Ordinal)];
        _globals = [.. program.GetFields(Members).Where(static f => f.Name.StartsWith('g')).OrderBy(static f => f.Name, StringComparer.Ordinal)];
    }

    public Observation Run(byte[] packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        byte[] copy = [.. packet];
        uint result;
        try
        {
            result = (uint)_execute(copy);
        }
        catch (Exception e) when (IsFault(e))
        {
            result = Observation.Fault;
        }
        IEnumerable<string> maps = _maps.Select(static p => Entries(p.Name, p.GetValue(null)!));
        IEnumerable<string> globals = _globals.Select(static f => $"{f.Name} = {Bytes(f.GetValue(null)!)}");
        return new Observation(result, Convert.ToHexString(copy), string.Join('\n', maps.Concat(globals)));
    }

    public void Dispose()
    {
    }

    /// <summary>The bytes of a value without padding, as hexadecimal digits.</summary>
    internal static string Bytes(object value) =>
        (string)typeof(ManagedMachine).GetMethod(nameof(BytesOf), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(value.GetType()).Invoke(null, [value])!;

    private static string BytesOf<T>(T value)
        where T : unmanaged
    {
        string bytes = Convert.ToHexString(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(ref value)));
        FieldInfo[] fields = typeof(T).GetFields(BindingFlags.Instance | BindingFlags.Public);
        // The padding of structs has no value; inline arrays and numbers have none.
        return typeof(T).IsPrimitive || typeof(T).IsEnum || fields.Length == 0 ? bytes : string.Concat(fields.Select(f => Bytes(f.GetValue(value)!)));
    }

    private static bool IsFault(Exception e) =>
        e is IndexOutOfRangeException or DivideByZeroException or OverflowException or NullReferenceException or ArgumentException or SwitchExpressionException or InvalidOperationException;

    private static string Entries(string name, object map)
    {
        List<string> entries = [];
        if (map is IEnumerable pairs)
        {
            foreach (object pair in pairs)
            {
                Type type = pair.GetType();
                entries.Add($"[{Bytes(type.GetProperty("Key")!.GetValue(pair)!)}]={Bytes(type.GetProperty("Value")!.GetValue(pair)!)}");
            }
        }
        else
        {
            Type type = map.GetType();
            uint length = (uint)type.GetProperty("MaxEntries")!.GetValue(map)!;
            MethodInfo read = type.GetMethod("TryGetValue")!;
            for (uint i = 0; i < length; i++)
            {
                object?[] arguments = [i, null];
                read.Invoke(map, arguments);
                entries.Add($"[{Bytes(i)}]={Bytes(arguments[1]!)}");
            }
        }
        return $"{name}: {string.Join(' ', entries.Order(StringComparer.Ordinal))}";
    }
}
