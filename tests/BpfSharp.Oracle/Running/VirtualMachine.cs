using System.Reflection;
using System.Runtime.InteropServices;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;
using BpfSharp.Testing;

namespace BpfSharp.Oracle.Running;

/// <summary>Runs a generated class's bytecode in the test library's virtual machine: without a kernel, without root, and without the verifier.</summary>
internal sealed class VirtualMachine : IMachine
{
    // Helpers by number: bpf_map_lookup_elem, bpf_map_update_elem, bpf_map_delete_elem, bpf_map_push_elem, bpf_map_pop_elem, bpf_map_peek_elem, bpf_for_each_map_elem, bpf_loop.
    private const int LookupElement = 1, UpdateElement = 2, DeleteElement = 3, PushElement = 87, PopElement = 88, PeekElement = 89, ForEachElement = 164, Loop = 181;
    private const int DataOffset = 0, DataEndOffset = 4;
    private const ulong NotFound = unchecked((ulong)-2), TooMany = unchecked((ulong)-7), Exists = unchecked((ulong)-17);

    private readonly ObjectSpec _object;
    private readonly BpfVirtualMachine _machine;
    private readonly Dictionary<string, SortedDictionary<string, int>> _entries = [];
    private readonly Dictionary<string, List<byte[]>> _queues = [];
    private readonly FieldInfo[] _globals;
    private readonly string _function;

    public VirtualMachine(Type program)
    {
        ImageGetter image = program.GetProperty("Image", BindingFlags.Static | BindingFlags.Public)!.GetMethod!.CreateDelegate<ImageGetter>();
        _object = ObjectReader.Read(image());
        _machine = new BpfVirtualMachine(_object, Helper) { MaximumSteps = 10_000_000 };
        _function = _object.Functions.Single(static f => f.Section.StartsWith("xdp", StringComparison.Ordinal)).Name;
        _globals = [.. program.GetFields(BindingFlags.Static | BindingFlags.Public).Where(static f => f.Name.StartsWith('g')).OrderBy(static f => f.Name, StringComparer.Ordinal)];
        foreach (MapSpec map in _object.Maps)
        {
            SortedDictionary<string, int> entries = _entries[map.Name] = new(StringComparer.Ordinal);
            for (uint i = 0; map.Type is MapType.Array or MapType.PerCpuArray && i < map.MaxEntries; i++) entries[RawBytes.Text(i)] = _machine.AddArea(new byte[map.ValueSize]);
        }
    }

    private delegate ReadOnlySpan<byte> ImageGetter();

    public Observation Run(byte[] packet)
    {
        byte[] copy = [.. packet];
        ulong data = BpfVirtualMachine.AddressOf(_machine.AddArea(copy)), context = BpfVirtualMachine.AddressOf(_machine.AddArea(new byte[24]));
        _machine.Rewritten[context + DataOffset] = data;
        _machine.Rewritten[context + DataEndOffset] = data + (ulong)packet.Length;
        uint result = (uint)_machine.Run(_function, context);
        _machine.Rewritten.Clear();
        IEnumerable<string> maps = _object.Maps.OrderBy(static m => m.Name, StringComparer.Ordinal)
            .Select(m => m.Type is MapType.PerCpuArray or MapType.Queue or MapType.Stack ? $"{m.Name}: " : $"{m.Name}: {string.Join(' ', _entries[m.Name].Select(e => $"[{e.Key}]={Convert.ToHexString(Value(m, e.Value))}"))}");
        return new Observation(result, Convert.ToHexString(copy), string.Join('\n', maps.Concat(_globals.Select(Global))));
    }

    public void Dispose()
    {
    }

    private Span<byte> Value(MapSpec map, int area) => _machine.Bytes(BpfVirtualMachine.AddressOf(area), map.ValueSize);

    private string Global(FieldInfo field)
    {
        foreach (DataSectionSpec section in _object.DataSections)
        {
            VariableSpec variable = section.Variables.FirstOrDefault(v => v.Name == field.Name);
            if (variable.Name is null) continue;
            byte[] bytes = _machine.Section(section.Name).AsSpan(variable.Offset, variable.Size).ToArray();
            object value = typeof(VirtualMachine).GetMethod(nameof(Read), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(field.FieldType).Invoke(null, [bytes])!;
            return $"{field.Name} = {RawBytes.Text(value)}";
        }
        throw new InvalidOperationException($"The object has no variable {field.Name}.");
    }

    private static T Read<T>(byte[] bytes)
        where T : unmanaged => MemoryMarshal.Read<T>(bytes);

    private ulong Helper(BpfVirtualMachine machine, int id, ulong[] r)
    {
        if (id == Loop)
        {
            ulong rounds = 0;
            while (rounds < r[0] && machine.CallBack(r[1], rounds++, r[2]) == 0)
            {
            }
            return rounds;
        }
        MapSpec map = machine.Map(r[0]);
        SortedDictionary<string, int> entries = _entries[map.Name];
        if (id == ForEachElement)
        {
            ulong count = 0;
            foreach ((string each, int area) in entries)
            {
                count++;
                ulong at = BpfVirtualMachine.AddressOf(machine.AddArea(Convert.FromHexString(each)));
                if (machine.CallBack(r[1], r[0], at, BpfVirtualMachine.AddressOf(area), r[2]) != 0) break;
            }
            return count;
        }
        if (id is PushElement or PopElement or PeekElement) return Queue(machine, map, id, r);
        string key = Convert.ToHexString(machine.Bytes(r[1], map.KeySize));
        switch (id)
        {
            case LookupElement:
                return entries.TryGetValue(key, out int found) ? BpfVirtualMachine.AddressOf(found) : 0;
            case UpdateElement:
                return Update(map, entries, key, machine.Bytes(r[2], map.ValueSize).ToArray(), r[3]);
            case DeleteElement:
                return entries.Remove(key) ? 0 : NotFound;
            default:
                throw new NotSupportedException($"Helper {id} is not modelled.");
        }
    }

    private ulong Queue(BpfVirtualMachine machine, MapSpec map, int id, ulong[] r)
    {
        if (!_queues.TryGetValue(map.Name, out List<byte[]>? values)) _queues.Add(map.Name, values = []);
        Span<byte> value = machine.Bytes(r[1], map.ValueSize);
        if (id == PushElement)
        {
            const ulong ReplaceOldest = 2;
            if (values.Count == map.MaxEntries && r[2] != ReplaceOldest) return TooMany;
            if (values.Count == map.MaxEntries) values.RemoveAt(0);
            values.Add(value.ToArray());
            return 0;
        }
        value.Clear();
        if (values.Count == 0) return NotFound;
        int at = map.Type == MapType.Stack ? values.Count - 1 : 0;
        values[at].CopyTo(value);
        if (id == PopElement) values.RemoveAt(at);
        return 0;
    }

    private ulong Update(MapSpec map, SortedDictionary<string, int> entries, string key, byte[] value, ulong mode)
    {
        bool isThere = entries.TryGetValue(key, out int area);
        if (map.Type is MapType.Array or MapType.PerCpuArray)
        {
            if (!isThere) return TooMany;
            value.CopyTo(Value(map, area));
            return 0;
        }
        if (mode == 1 && isThere) return Exists;
        if (mode == 2 && !isThere) return NotFound;
        if (!isThere && entries.Count >= map.MaxEntries) return TooMany;
        entries[key] = _machine.AddArea(value);
        return 0;
    }
}
