using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Tail-call tables: what they hold at first, and that all who use one are of one hook.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>Who was first to use each table.</summary>
    private readonly Dictionary<string, (Hook Hook, string Program)> _tables = new(StringComparer.Ordinal);

    /// <summary>Notes that a program calls through a table or is in it. The kernel refuses another program type than the first.</summary>
    public void UseTable(MapInfo table, FunctionPlan program, Location at)
    {
        Hook hook = program.Hook!;
        if ((hook.Flags & HookFlags.Sleepable) != 0)
        {
            Report(Ids.TailCallTable, at, program.Method.Name, table.Spec.Name, "the kernel has no tail calls in programs that may sleep");
            return;
        }
        if (!_tables.TryGetValue(table.Spec.Name, out (Hook Hook, string Program) first))
        {
            _tables.Add(table.Spec.Name, (hook, program.Method.Name));
            return;
        }
        if (first.Hook.ProgramType == hook.ProgramType && first.Hook.AttachType == hook.AttachType) return;
        Report(Ids.TailCallTable, at, program.Method.Name, table.Spec.Name, $"'{first.Program}', which uses it too, is of hook '{first.Hook.Prefix}' and not '{hook.Prefix}'");
    }

    /// <summary>Puts a program into the tables that its attributes name.</summary>
    private void AddToTables(FunctionPlan plan)
    {
        foreach (AttributeData attribute in plan.Method.GetAttributes())
        {
            if (!attribute.AttributeClass.Is(KnownNames.TailCallAttribute) || attribute.Positional(0) is not string name || attribute.Positional(1) is not uint index) continue;
            Location at = attribute.ApplicationSyntaxReference?.GetSyntax(Cancellation).GetLocation() ?? plan.Method.Locations[0];
            IPropertySymbol? property = Class.GetMembers(name).OfType<IPropertySymbol>().FirstOrDefault();
            MapInfo? table = property is null ? null : Map(property);
            string? problem = table is null ? "it is no map of this class"
                : table.Spec.Type != MapType.ProgramArray ? "it is no ProgramArray"
                : index >= table.Spec.MaxEntries ? $"it has no index {index}"
                : !plan.HookArguments.IsEmpty ? "a program in a table takes its context alone"
                : table.Spec.Values.Length > index && table.Spec.Values[(int)index].Length > 0 ? $"'{table.Spec.Values[(int)index]}' is at index {index}"
                : null;
            if (problem is not null)
            {
                Report(Ids.TailCallTable, at, plan.Method.Name, name, problem);
                continue;
            }
            UseTable(table!, plan, at);
            Fill(property!, table!, (int)index, plan.Function.Name);
        }
    }

    private void Fill(IPropertySymbol property, MapInfo table, int index, string program)
    {
        ImmutableArray<string> values = table.Spec.Values;
        while (values.Length <= index) values = values.Add("");
        MapSpec spec = table.Spec with { Values = values.SetItem(index, program) };
        Module.Maps[Module.Maps.IndexOf(table.Spec)] = spec;
        _maps[_maps.ContainsKey(property) ? property : property.PartialDefinitionPart!] = table with { Spec = spec };
    }
}
