using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Writes small programs instruction by instruction, so that the runtime is tested without any compiler.</summary>
internal sealed class CodeBuilder
{
    private readonly List<Instruction> _code = [];
    private readonly List<RelocationSpec> _relocations = [];

    public CodeBuilder Move(int register, int value) => Add(0xb7, register, 0, 0, value);

    public CodeBuilder MoveRegister(int register, int source) => Add(0xbf, register, source, 0, 0);

    public CodeBuilder AddImmediate(int register, int value) => Add(0x07, register, 0, 0, value);

    public CodeBuilder XorImmediate(int register, int value) => Add(0xa7, register, 0, 0, value);

    public CodeBuilder AndImmediate(int register, int value) => Add(0x57, register, 0, 0, value);

    /// <summary>Shifts right by 32: the upper half of <c>bpf_get_current_pid_tgid</c>.</summary>
    public CodeBuilder UpperHalf(int register) => Add(0x77, register, 0, 0, 32);

    /// <summary>Loads <c>BPF_F_CURRENT_CPU</c>, 0xffffffff: a 32-bit move clears the upper half.</summary>
    public CodeBuilder CurrentCpuFlag(int register) => Add(0xb4, register, 0, 0, -1);

    public CodeBuilder AddRegister(int register, int other) => Add(0x0f, register, other, 0, 0);

    public CodeBuilder SubtractRegister(int register, int other) => Add(0x1f, register, other, 0, 0);

    public CodeBuilder ShiftLeft(int register, int bits) => Add(0x67, register, 0, 0, bits);

    public CodeBuilder JumpIfSignedGreater(int register, int value, int skip) => Add(0x65, register, 0, skip, value);

    public CodeBuilder JumpIfSignedLess(int register, int value, int skip) => Add(0xc5, register, 0, skip, value);

    /// <summary>Keeps the lower half.</summary>
    public CodeBuilder Lower(int register) => Add(0xbc, register, register, 0, 0);

    public CodeBuilder JumpGreater(int register, int other, int skip) => Add(0x2d, register, other, skip, 0);

    public CodeBuilder Load32(int register, int from, int offset) => Add(0x61, register, from, offset, 0);

    public CodeBuilder Load64(int register, int from, int offset) => Add(0x79, register, from, offset, 0);

    public CodeBuilder Store32(int to, int offset, int register) => Add(0x63, to, register, offset, 0);

    public CodeBuilder Store64(int to, int offset, int register) => Add(0x7b, to, register, offset, 0);

    public CodeBuilder AtomicAdd64(int to, int offset, int register) => Add(0xdb, to, register, offset, 0);

    public CodeBuilder JumpIfEqual(int register, int value, int skip) => Add(0x15, register, 0, skip, value);

    public CodeBuilder JumpIfNotEqual(int register, int value, int skip) => Add(0x55, register, 0, skip, value);

    public CodeBuilder JumpIfNotSame(int register, int other, int skip) => Add(0x5d, register, other, skip, 0);

    public CodeBuilder Helper(int id) => Add(0x85, 0, 0, 0, id);

    public CodeBuilder Call(string function)
    {
        _relocations.Add(new(_code.Count, RelocationKind.Call, function, 0));
        return Add(0x85, 0, 1, 0, -1);
    }

    /// <summary>Calls a function of the kernel by its BTF id (<c>BPF_PSEUDO_KFUNC_CALL</c>).</summary>
    public CodeBuilder CallKernelFunction(int id) => Add(0x85, 0, 2, 0, id);

    /// <summary>Calls a function of the kernel or of a module by its name.</summary>
    public CodeBuilder CallKernelFunction(string name)
    {
        _relocations.Add(new(_code.Count, RelocationKind.Extern, name, 0));
        return Add(0x85, 0, 1, 0, -1);
    }

    public CodeBuilder LoadMap(int register, string map) => LoadAddress(register, RelocationKind.Map, map, 0);

    public CodeBuilder LoadData(int register, string section, int offset) => LoadAddress(register, RelocationKind.Data, section, offset);

    public CodeBuilder Return(int value) => Move(0, value).Exit();

    public CodeBuilder Exit() => Add(0x95, 0, 0, 0, 0);

    public FunctionSpec Function(string name, string section, params LineSpec[] lines) =>
        new() { Name = name, Section = section, Instructions = [.. _code], Relocations = [.. _relocations], Lines = [.. lines] };

    /// <summary>An object of programs and maps, GPL.</summary>
    public static BpfOpenObject Open(FunctionSpec[] functions, MapSpec[]? maps = null, DataSectionSpec[]? data = null) =>
        BpfObject.Open(new ObjectSpec { License = "GPL", Functions = [.. functions], Maps = [.. maps ?? []], DataSections = [.. data ?? []] }, "test");

    /// <summary>A map by itself.</summary>
    public static BpfObject LoadMap(MapType type, int keySize, int valueSize, uint maxEntries, uint flags = 0) =>
        Open([], [new() { Name = "map", Type = type, KeySize = keySize, ValueSize = valueSize, MaxEntries = maxEntries, Flags = flags }]).Load();

    private CodeBuilder LoadAddress(int register, RelocationKind kind, string symbol, int offset)
    {
        _relocations.Add(new(_code.Count, kind, symbol, offset));
        return Add(0x18, register, 0, 0, 0).Add(0, 0, 0, 0, 0);
    }

    private CodeBuilder Add(int code, int destination, int source, int offset, int immediate)
    {
        _code.Add(Instruction.Create(code, destination, source, offset, immediate));
        return this;
    }
}
