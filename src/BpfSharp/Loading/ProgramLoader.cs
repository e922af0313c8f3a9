using System.Runtime.ExceptionServices;
using System.Text;
using BpfSharp.Errors;
using BpfSharp.Links;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>Links and loads an object's programs.</summary>
internal sealed unsafe class ProgramLoader(BpfOpenObject opened, BpfLoadOptions options, LoadedBtf btf, ExternTable externs, KernelBtf kernel, CoreRelocations core, LoadedParts parts)
{
    private readonly Linker _linker = new(opened.Spec, externs, new KernelSymbols(externs, btf, kernel), core, parts);

    /// <summary>Loads every program that is to be loaded.</summary>
    public void Load()
    {
        foreach (List<BpfProgramSettings> chain in FallbackChains.Of(opened))
        {
            foreach (BpfProgramSettings settings in chain)
            {
                if (!settings.AutoLoad || HasNoMember(settings)) continue;
                try
                {
                    parts.Programs.Add(settings.Name, Load(settings));
                    foreach (StructOpsTable table in parts.Tables)
                        if (table.Spec.Uses(settings.Name)) table.Programs.Add(settings.Name, parts.Programs[settings.Name]);
                }
                catch (BpfException e) when (settings.Policy == BpfProgramPolicy.Optional || chain.Count > 1)
                {
                    parts.Failures.Add(settings.Name, e);
                }
            }

            // A required program fails if nothing can stand in for it.
            if (chain[0].Policy == BpfProgramPolicy.Required && parts.Failures.TryGetValue(chain[0].Name, out BpfException? failure)
                && !chain.Exists(p => parts.Programs.ContainsKey(p.Name)))
                ExceptionDispatchInfo.Throw(failure);
        }
    }

    private BpfProgram Load(BpfProgramSettings settings)
    {
        if (settings.Type == ProgramType.Unspecified)
            throw new BpfException($"cannot load program '{settings.Name}': its section '{settings.Spec.Section}' does not say what type of program it is; set Type");
        LinkedProgram linked = _linker.Link(settings.Spec);
        options.LinkedSink?.Invoke(settings.Name, linked);
        (byte[] functions, byte[] lines) = DebugRecords.Write(linked, btf);
        HookFlags hook = settings.Hook?.Flags ?? HookFlags.None;
        fixed (void* code = linked.Instructions)
        fixed (byte* license = Encoding.UTF8.GetBytes(opened.Spec.License + '\0'))
        fixed (byte* functionInfo = functions, lineInfo = lines)
        fixed (int* modules = (int[])[0, .. linked.Modules.Select(static m => m.Fd)])
        {
            ProgramLoadAttributes attributes = new()
            {
                ProgramType = (uint)settings.Type,
                InstructionCount = (uint)linked.Instructions.Length,
                Instructions = code,
                License = license,
                KernelVersion = opened.Spec.KernelVersion is not (0 or 0xfffffffe) ? opened.Spec.KernelVersion : RunningKernel.Version.Code,
                Flags = (hook.HasFlag(HookFlags.Sleepable) ? 1u << 4 : 0) | (hook.HasFlag(HookFlags.Fragments) ? 1u << 5 : 0),
                Name = KernelName.From(settings.Name),
                ExpectedAttachType = (uint)(settings.ExpectedAttachType ?? 0),
                BtfFd = functions.Length > 0 ? btf.Fd : 0,
                FunctionInfoRecordSize = functions.Length > 0 ? DebugRecords.FunctionRecordSize : 0u,
                FunctionInfo = functions.Length > 0 ? functionInfo : null,
                FunctionInfoCount = (uint)(functions.Length / DebugRecords.FunctionRecordSize),
                LineInfoRecordSize = lines.Length > 0 ? DebugRecords.LineRecordSize : 0u,
                LineInfo = lines.Length > 0 ? lineInfo : null,
                LineInfoCount = (uint)(lines.Length / DebugRecords.LineRecordSize),
                FdArray = linked.Modules.Count > 0 ? modules : null,
            };
            // What to attach to, where the verifier must know it: the kernel's BTF id of the function, tracepoint or hook.
            if (settings.TargetProgram is { } target)
                (attributes.AttachTargetFd, attributes.AttachTypeId) = (target.Fd, (uint)ProgramTargets.Find(target, settings));
            else if (settings.Type == ProgramType.StructOps)
                (attributes.AttachTargetFd, attributes.AttachTypeId, attributes.ExpectedAttachType) = TableMember(settings);
            else if (hook.HasFlag(HookFlags.BtfTarget) && settings.Target.Length > 0)
                (attributes.AttachTargetFd, attributes.AttachTypeId) = KernelTargets.Find(kernel, settings);
            int fd = new LoadAttempt(settings, linked, options).Run(ref attributes, out string log);
            return new BpfProgram(new BpfHandle(fd, $"program '{settings.Name}'"), settings, log) { FaultCounter = FaultCounter(settings.Name), UsdtPlaces = UsdtPlaceTable.Of(parts.Maps) };
        }
    }

    /// <summary>Whether a program stands only in members of tables that this kernel's structs do not have, so that nothing could ever call it.</summary>
    private bool HasNoMember(BpfProgramSettings settings) =>
        parts.Tables.Exists(t => t.Spec.Uses(settings.Name)) && !parts.Tables.Exists(t => t.Functions.Any(f => f.Program == settings.Name));

    /// <summary>The struct and the member that a program stands in, from the tables that it is in.</summary>
    /// <returns>The types of the module that has the struct, or 0; the struct's id; the member's number.</returns>
    private (int Module, uint Type, uint Member) TableMember(BpfProgramSettings settings)
    {
        (StructOpsTable Table, StructOpsFunction Function)? found = null;
        foreach (StructOpsTable table in parts.Tables)
        {
            foreach (StructOpsFunction function in table.Functions)
            {
                if (function.Program != settings.Name) continue;
                if (found is { } first && (first.Table.Target != table.Target || first.Function.Member != function.Member))
                    throw new BpfException($"cannot load program '{settings.Name}': tables '{first.Table.Spec.Name}' and '{table.Spec.Name}' use it for different functions");
                found ??= (table, function);
            }
        }

        return found is { } place
            ? (place.Table.Target.Module?.Fd ?? 0, (uint)place.Table.Target.TypeId, (uint)place.Function.Member)
            : throw new BpfException($"cannot load program '{settings.Name}': no table (a variable in section .struct_ops or .struct_ops.link) that is made uses it");
    }

    /// <summary>The compiler keeps the count of a program's faults in a variable with its name.</summary>
    private Func<ulong>? FaultCounter(string program)
    {
        foreach (DataSectionSpec section in opened.Spec.DataSections)
        {
            foreach (VariableSpec variable in section.Variables)
            {
                if (variable.Size != sizeof(ulong) || variable.Name != "__faults_" + program || !parts.Sections.TryGetValue(section.Name, out DataSectionMap? map)) continue;
                return () => map.Read<ulong>(variable.Offset);
            }
        }

        return null;
    }
}
