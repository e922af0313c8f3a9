using System.Collections.Immutable;
using System.Text;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Analyzers.Generator;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Globals: the static fields of the class, and constant data.</summary>
internal sealed partial class ModuleLowering
{
    private readonly Dictionary<IFieldSymbol, string> _globals = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<string, string> _lossCounters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);

    /// <summary>The symbol of a static field, null if it is not a global.</summary>
    public string? Global(IFieldSymbol field) => _globals.TryGetValue(field.OriginalDefinition, out string? name) ? name : null;

    /// <summary>The symbol of read-only bytes.</summary>
    public string ConstantData(byte[] bytes)
    {
        string key = System.Convert.ToBase64String(bytes);
        if (_constants.TryGetValue(key, out string? name)) return name;
        name = UniqueSymbol("__data_" + _constants.Count);
        _constants.Add(key, name);
        // One byte more: an empty literal still needs an address.
        ImmutableArray<byte> content = [.. bytes, 0];
        Module.Globals.Add(new Global(name, ".rodata", content.Length, 8, Btf.Bytes(Layouts.Byte, content.Length), content));
        return name;
    }

    /// <summary>The symbol of the counter of records that found no room in a ring buffer; the loader finds it by its name.</summary>
    public string LossCounter(string map)
    {
        if (_lossCounters.TryGetValue(map, out string? name)) return name;
        name = UniqueSymbol("__lost_" + map);
        _lossCounters.Add(map, name);
        TypeLayout count = Layouts.Get(Compilation.GetSpecialType(SpecialType.System_UInt64))!;
        Module.Globals.Add(new Global(name, ".bss", count.Size, count.Alignment, Btf.Type(count), []));
        return name;
    }

    private void AddGlobals()
    {
        foreach (IFieldSymbol field in Class.MembersInSourceOrder<IFieldSymbol>())
        {
            if (!field.IsStatic || field.IsConst || field.IsImplicitlyDeclared || field.RefKind != RefKind.None) continue;
            // What kernel code cannot have is reported where a program uses it; user space may well have static fields of other types.
            if (Layouts.Get(field.Type) is not { } layout) continue;
            if (layout.HasPointers) continue;
            if (layout.HasLock)
            {
                Report(Ids.LockPlace, field.DeclaringSyntaxReferences[0].GetSyntax(Cancellation), field.Name);
                continue;
            }
            AddGlobal(field, layout);
        }
    }

    private void AddGlobal(IFieldSymbol field, TypeLayout layout)
    {
        SyntaxNode syntax = field.DeclaringSyntaxReferences[0].GetSyntax(Cancellation);
        byte[] content = new byte[layout.Size];
        bool isSet = false;
        if (syntax is VariableDeclaratorSyntax { Initializer: { } initializer })
        {
            if (Operation(initializer) is not Microsoft.CodeAnalysis.Operations.IFieldInitializerOperation { Value: { } value })
            {
                FailSilently(syntax);
                return;
            }
            if (!ConstantEvaluator.TryWrite(value, layout, Layouts, content, 0))
            {
                if (ConstantEvaluator.IsErroneous(value)) FailSilently(syntax);
                else Report(Ids.StaticInitializer, value.Syntax, field.Name);
                return;
            }
            isSet = content.Any(static b => b != 0);
        }
        string section = field.IsReadOnly ? ".rodata" : isSet ? ".data" : ".bss";
        string name = UniqueSymbol(BtfTypeWriter.Identifier(field.Name));
        _globals.Add(field, name);
        ImmutableArray<byte> initial = isSet ? [.. content] : [];
        Module.Globals.Add(new Global(name, section, layout.Size, Math.Min(layout.Alignment, 8), Btf.Type(layout), initial));
    }
}
