using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfSharp.Oracle.Running;

/// <summary>Runs a program's class in .NET, with the managed implementations of the kernel-side API.</summary>
public sealed class ManagedMachine : IMachine
{
    private const BindingFlags Members = BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly;

    private readonly Func<byte[], int> _execute;
    private readonly List<(string Name, bool IsMap, Func<string> Text)> _state = [];

    public ManagedMachine(Type program)
    {
        ArgumentNullException.ThrowIfNull(program);
        _execute = program.GetMethod("Execute", Members)!.CreateDelegate<Func<byte[], int>>();
        foreach (PropertyInfo map in program.GetProperties(Members).Where(static p => p.PropertyType.Namespace == "BpfSharp.Kernel").OrderBy(static p => p.Name, StringComparer.Ordinal))
        {
            object value = map.GetValue(null)!;
            _state.Add((map.Name, true, () => $"{map.Name}: {string.Join(' ', Entries(value).Order(StringComparer.Ordinal))}"));
        }
        foreach (FieldInfo field in Globals(program))
        {
            (int size, _) = RawBytes.Measure(field.FieldType);
            (int Start, int Length)[] parts = RawBytes.Parts(field.FieldType);
            _state.Add((field.Name, false, () => $"{field.Name} = {RawBytes.Text(field.GetValue(null)!, size, parts)}"));
        }
    }

    /// <summary>The program's maps and variables as they are.</summary>
    public string State => StateOf(static _ => true);

    /// <summary>The program's maps, and those of its variables that are asked for.</summary>
    public string StateOf(Func<string, bool> isWanted) => string.Join('\n', _state.Where(s => s.IsMap || isWanted(s.Name)).Select(static s => s.Text()));

    /// <summary>The variables of a program by name.</summary>
    public static IEnumerable<FieldInfo> Globals(Type program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return program.GetFields(Members).Where(static f => f.Name.StartsWith('g')).OrderBy(static f => f.Name, StringComparer.Ordinal);
    }

    public Observation Run(byte[] packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        byte[] copy = [.. packet];
        return new Observation(Execute(copy), Convert.ToHexString(copy), State);
    }

    /// <summary>Runs the program on a packet, which it may change; its result, or <see cref="Observation.Fault"/>.</summary>
    public uint Execute(byte[] packet)
    {
        try
        {
            return (uint)_execute(packet);
        }
        catch (Exception e) when (IsFault(e))
        {
            return Observation.Fault;
        }
    }

    public void Dispose()
    {
    }

    private static bool IsFault(Exception e) =>
        e is IndexOutOfRangeException or DivideByZeroException or OverflowException or NullReferenceException or ArgumentException or SwitchExpressionException or InvalidOperationException;

    private static IEnumerable<string> Entries(object map)
    {
        // Per processor: see BundleCheck.
        Type kind = map.GetType().GetGenericTypeDefinition();
        if (kind == typeof(Kernel.PerCpuArray<>) || kind == typeof(Kernel.QueueMap<>) || kind == typeof(Kernel.StackMap<>)) yield break;
        if (map is IEnumerable pairs)
        {
            Type[] types = map.GetType().GetGenericArguments();
            (int keySize, _) = RawBytes.Measure(types[0]);
            (int valueSize, int alignment) = RawBytes.Measure(types[1]);
            int valueStart = RawBytes.Round(keySize, alignment);
            foreach (object pair in pairs)
            {
                ReadOnlySpan<byte> bytes = RawBytes.Of(pair, valueStart + valueSize);
                yield return $"[{Convert.ToHexString(bytes[..keySize])}]={Convert.ToHexString(bytes.Slice(valueStart, valueSize))}";
            }
        }
        else
        {
            Array values = (Array)map.GetType().BaseType!.GetField("_values", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(map)!;
            int size = RawBytes.Measure(map.GetType().GetGenericArguments()[0]).Size;
            for (int i = 0; i < values.Length; i++)
            {
                ReadOnlySpan<byte> all = MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(values), values.Length * size);
                yield return $"[{Convert.ToHexString(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in i)))}]={Convert.ToHexString(all.Slice(i * size, size))}";
            }
        }
    }
}
