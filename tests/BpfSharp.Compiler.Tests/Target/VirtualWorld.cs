using BpfSharp.Compiler.Tests.Interpreter;
using BpfSharp.Objects;
using BpfSharp.Testing;

namespace BpfSharp.Compiler.Tests.Target;

/// <summary>Runs a compiled object in the virtual machine, with the helpers that <see cref="IrInterpreter"/> models, and tells what it did in the same words.</summary>
internal sealed class VirtualWorld
{
    private readonly ObjectSpec _object;
    private readonly BpfVirtualMachine _machine;
    private readonly Dictionary<(MapSpec Map, string Key), int> _entries = [];
    private readonly List<string> _trace = [];
    private long _clock;

    public VirtualWorld(ObjectSpec spec)
    {
        _object = spec;
        _machine = new BpfVirtualMachine(spec, Helper);
    }

    /// <summary>What a fault returns in these tests: a result that nothing else gives.</summary>
    public const int Fault = 0x5afe_fa17;

    /// <summary>The outcome, as <see cref="IrInterpreter.Run"/> writes it.</summary>
    public string Run(string function, params ulong[] arguments)
    {
        ulong result = _machine.Run(function, arguments);
        string shown = result == Fault ? "fault" : ((long)result).ToString();
        IEnumerable<string> globals = _object.DataSections.SelectMany(s => s.Variables.Select(v => (Section: s, Variable: v)))
            .Select(v => $"{v.Variable.Name}={Convert.ToHexString(_machine.Section(v.Section.Name), v.Variable.Offset, v.Variable.Size)}");
        IEnumerable<string> entries = _entries.Select(e => $"{e.Key.Map.Name}[{e.Key.Key}]={Convert.ToHexString(Value(e.Key.Map, e.Value))}").Order(StringComparer.Ordinal);
        return string.Join("\n", [shown, .. globals.Order(StringComparer.Ordinal), .. entries, .. _trace]);
    }

    private Span<byte> Value(MapSpec map, int area) => _machine.Bytes(BpfVirtualMachine.AddressOf(area), map.ValueSize);

    private ulong Helper(BpfVirtualMachine machine, int id, ulong[] r)
    {
        switch (id)
        {
            case 1:
                _trace.Add($"lookup ({Key(r).Map.Name}, {Key(r).Key})");
                return _entries.TryGetValue(Key(r), out int found) ? BpfVirtualMachine.AddressOf(found) : 0;
            case 2:
                byte[] value = machine.Bytes(r[2], machine.Map(r[0]).ValueSize).ToArray();
                _trace.Add($"update ({Key(r).Map.Name}, {Key(r).Key}) {Convert.ToHexString(value)}");
                if (_entries.TryGetValue(Key(r), out int known)) value.CopyTo(Value(Key(r).Map, known));
                else _entries[Key(r)] = machine.AddArea(value);
                return 0;
            case 3:
                return _entries.Remove(Key(r)) ? 0 : unchecked((ulong)-2);
            case 5:
                return (ulong)(_clock += 1000);
            case 7:
                return (ulong)(_clock * 2654435761 & 0xffffffff);
            case 14:
                return 0x1234_0000_5678;
            default:
                throw new NotSupportedException($"Helper {id} is not modelled.");
        }
    }

    private (MapSpec Map, string Key) Key(ulong[] r)
    {
        MapSpec map = _machine.Map(r[0]);
        return (map, Convert.ToHexString(_machine.Bytes(r[1], map.KeySize)));
    }
}
