using BpfSharp.Loading;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;
using BpfSharp.Programs;

namespace BpfSharp.Planning;

/// <summary>Reads off an object what loading it needs. Pure: nothing here asks the machine.</summary>
internal sealed class PlanBuilder
{
    private const byte Call = 0x85;
    private static readonly KernelVersion GlobalData = new(5, 2);

    private readonly BpfOpenObject _opened;
    private readonly Dictionary<string, FunctionSpec> _functions = new(StringComparer.Ordinal);
    private readonly HashSet<BpfRequirement> _seen = [];
    private readonly List<BpfRequirement> _found = [];

    private PlanBuilder(BpfOpenObject opened)
    {
        _opened = opened;
        foreach (FunctionSpec function in opened.Spec.Functions) _functions.TryAdd(function.Name, function);
    }

    /// <summary>What an object needs.</summary>
    public static BpfPlan Build(BpfOpenObject opened)
    {
        PlanBuilder builder = new(opened);
        builder.Add(new(BpfRequirementKind.Capability, "CAP_BPF", "", null, false));
        foreach (BpfMapSettings map in opened.Maps.Where(static m => m.AutoLoad)) builder.AddMap(map);
        if (opened.Spec.DataSections.Any(s => s.Content.Length > 0)) builder.Add(new(BpfRequirementKind.Feature, "global variables", "", GlobalData, false));
        foreach (List<BpfProgramSettings> chain in FallbackChains.Of(opened))
            foreach (BpfProgramSettings program in chain.Where(p => p.AutoLoad))
                builder.AddProgram(program, chain.Count > 1 || program.Policy == BpfProgramPolicy.Optional);
        return new BpfPlan(builder._found);
    }

    private void AddMap(BpfMapSettings map)
    {
        if (map.Type is > MapType.Unspecified and <= MapType.Arena)
            Add(new(BpfRequirementKind.MapType, map.Type.ToString(), map.Name, MapTypes.Since(map.Type), false) { Number = (int)map.Type });
        if (map.Table is not { } table) return;
        Add(new(BpfRequirementKind.KernelTypes, KernelBtf.Path, map.Name, new KernelVersion(5, 4), false));
        Add(new(BpfRequirementKind.Target, table.TypeName, map.Name, null, false) { Method = AttachMethod.StructOps, ProgramType = ProgramType.StructOps });
    }

    private void AddProgram(BpfProgramSettings program, bool optional)
    {
        if (program.Type is ProgramType.Unspecified) return;
        Add(new(BpfRequirementKind.ProgramType, program.Type.ToString(), program.Name, ProgramTypes.Since(program.Type), optional) { Number = (int)program.Type });
        if (program.Hook is { } hook)
        {
            // Programs that older kernels attach without an attach type need none.
            AttachType? attach = hook.Flags.HasFlag(HookFlags.AttachTypeOptional) ? null : hook.AttachType;
            Add(new(BpfRequirementKind.Hook, hook.Prefix, program.Name, hook.Since, optional) { AttachType = attach });
        }

        foreach (string capability in CapabilitiesOf(program.Type)) Add(new(BpfRequirementKind.Capability, capability, program.Name, null, optional));
        bool needsTypes = program.Hook?.Flags.HasFlag(HookFlags.BtfTarget) == true && program.Target.Length > 0;
        foreach (FunctionSpec function in Reached(program.Spec))
        {
            AddHelpers(function, program, optional);
            foreach (RelocationSpec relocation in function.Relocations)
            {
                if (relocation.Kind != RelocationKind.Extern) continue;
                bool call = function.Instructions[relocation.Index].Code == Call;
                bool weak = _opened.Spec.WeakExterns.Contains(relocation.Symbol);
                if (call) Add(new(BpfRequirementKind.KernelFunction, relocation.Symbol, program.Name, null, optional || weak));
                needsTypes |= !weak;
            }

            needsTypes |= function.CoreRelocations.Any(r => r.Kind != CoreRelocationKind.TypeIdLocal);
        }

        if (needsTypes) Add(new(BpfRequirementKind.KernelTypes, KernelBtf.Path, program.Name, new KernelVersion(5, 4), optional));
        AttachMethod method = AttachMethods.Of(program.Hook);
        if (program.Target.Length > 0 && program.AutoAttach && method != AttachMethod.StructOps) Add(new(BpfRequirementKind.Target, program.Target, program.Name, null, optional) { Method = method, ProgramType = program.Type, AttachType = program.ExpectedAttachType });
    }

    private void AddHelpers(FunctionSpec function, BpfProgramSettings program, bool optional)
    {
        foreach (Instruction instruction in function.Instructions)
        {
            if (instruction.Code != Call || instruction.Source != 0 || Helpers.Find(instruction.Immediate) is not { } helper) continue;
            Add(new(BpfRequirementKind.Helper, helper.Name, program.Name, helper.SinceFor(program.Type), optional) { Number = helper.Id, ProgramType = program.Type });
        }
    }

    /// <summary>A program with all subprograms that it calls.</summary>
    private List<FunctionSpec> Reached(FunctionSpec program)
    {
        List<FunctionSpec> reached = [program];
        HashSet<string> names = new(StringComparer.Ordinal) { program.Name };
        for (int i = 0; i < reached.Count; i++)
            foreach (RelocationSpec relocation in reached[i].Relocations)
                if (relocation.Kind is RelocationKind.Call or RelocationKind.Function && _functions.TryGetValue(relocation.Symbol, out FunctionSpec? callee) && names.Add(callee.Name))
                    reached.Add(callee);
        return reached;
    }

    /// <summary>What the kernel's <c>bpf_prog_load</c> asks for beside CAP_BPF, by the program's type.</summary>
    private static string[] CapabilitiesOf(ProgramType type) => type switch
    {
        ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent or ProgramType.RawTracepoint or ProgramType.RawTracepointWritable
            or ProgramType.Tracing or ProgramType.Lsm or ProgramType.StructOps => ["CAP_PERFMON"],
        ProgramType.Extension => ["CAP_PERFMON", "CAP_NET_ADMIN"],
        ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp or ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtXmit
            or ProgramType.LwtSeg6Local or ProgramType.SkSkb or ProgramType.SkMsg or ProgramType.FlowDissector or ProgramType.CgroupDevice
            or ProgramType.CgroupSock or ProgramType.CgroupSockAddr or ProgramType.CgroupSockopt or ProgramType.CgroupSysctl or ProgramType.SockOps
            or ProgramType.SkLookup or ProgramType.Netfilter or ProgramType.CgroupSkb => ["CAP_NET_ADMIN"],
        _ => [],
    };

    private void Add(BpfRequirement requirement)
    {
        if (_seen.Add(requirement)) _found.Add(requirement);
    }
}
