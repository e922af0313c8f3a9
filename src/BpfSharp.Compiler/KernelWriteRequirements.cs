using System.Globalization;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler;

/// <summary>
/// Whether each write to kernel memory is one that the verifier allows (<see cref="KernelWrites"/>). The pass that decides how kernel memory is accessed has found out where each
/// pointer comes from.
/// </summary>
internal static class KernelWriteRequirements
{
    private const string NotKnown = "the kernel does not know what is at this address: it was computed, cast, read through a union, or is the parameter of a function that was not inlined",
        Places = "what programs may write is nf_conn.mark in Xdp and Tc programs, and what the first parameter of a RawTracepointWritable program points to";

    /// <summary>Adds a diagnostic for each write that some kernel would refuse.</summary>
    public static void Check(Module module, CompilerOptions options, ICollection<CompilerDiagnostic> diagnostics)
    {
        KernelVersion minimum = new(options.MinimumKernel.Major, options.MinimumKernel.Minor);
        HashSet<int> reported = [];
        foreach (Function program in module.Functions)
        {
            if (!program.IsProgram || Hooks.FromSection(program.Section)?.Hook is not { } hook) continue;
            foreach (Value value in Reach.Values(module, program)) Report(value, Violation(module, hook, minimum, value));
        }
        // What no program reaches is compiled as well.
        foreach (Value value in module.Functions.SelectMany(static f => f.Blocks).SelectMany(static b => b.Values)) Report(value, Unlowered(module, value));

        void Report(Value value, (string What, string Reason)? violation)
        {
            if (violation is not { } found) return;
            if (reported.Add(value.DebugId)) diagnostics.Add(new CompilerDiagnostic("BPF0528", value.DebugId, [found.What, found.Reason]));
            // What else is wrong is found by compiling on.
            value.Op = Op.Store;
        }
    }

    private static (string What, string Reason)? Unlowered(Module module, Value value) =>
        value.Op == Op.KernelWrite ? (Path(module, value.Core).Name, $"{NotKnown}; {Places}") : null;

    private static (string What, string Reason)? Violation(Module module, Hook hook, KernelVersion minimum, Value value)
    {
        if (value.Op != Op.Store || value.Arguments[0].Type.Region != Region.Btf) return null;
        (string type, string member, string name) = Path(module, value.Core);
        KernelWrite[] rows = [.. KernelWrites.Members.Where(w => w.Struct == type && w.Member == member)];
        if (rows.Length == 0) return (name, $"no kernel lets programs write it; {Places}");
        if (rows.FirstOrDefault(w => w.Types.Contains(hook.ProgramType)) is not { } row)
            return (name, $"only programs of type {string.Join(" and ", rows.SelectMany(static w => w.Types))} may, and this is a '{hook.Prefix}' program");
        return row.Since > minimum && row.Since > hook.Since
            ? (name, $"kernels before {row.Since} do not allow it, and the oldest kernel is {minimum}; write [BpfObject(MinimumKernel = \"{row.Since}\")] or raise BpfMinimumKernel")
            : null;
    }

    /// <summary>What a relocation refers to: the struct without its flavour, the members, and both for messages.</summary>
    private static (string Type, string Member, string Name) Path(Module module, CoreAccess? core)
    {
        if (core is null) return ("", "", "what a pointer points to");
        BtfType root = module.Types[core.TypeId - 1];
        string type = root.Name.Split(["___"], StringSplitOptions.None)[0];
        List<string> members = [];
        BtfType? at = root;
        foreach (string step in core.Access.Split(':').Skip(1))
        {
            while (at is BtfTypedef alias) at = module.Types[alias.TypeId - 1];
            int index = int.Parse(step, CultureInfo.InvariantCulture);
            int next = 0;
            if (at is BtfStruct container)
            {
                if (container.Members[index].Name.Length > 0) members.Add(container.Members[index].Name);
                next = container.Members[index].TypeId;
            }
            else if (at is BtfArray array)
            {
                next = array.ElementTypeId;
            }
            at = next > 0 ? module.Types[next - 1] : null;
        }
        string member = string.Join(".", members);
        return (type, member, type + "." + member);
    }
}
