using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Analyzers.Generator;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Programs: the methods that the kernel calls.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>Whether a program is declared so that it cannot be lowered; the generator says how.</summary>
    private bool HasWrongDeclaration { get; set; }

    private void AddPrograms()
    {
        foreach (IMethodSymbol method in Class.MembersInSourceOrder<IMethodSymbol>())
        {
            if (method.Attribute(KnownNames.ProgramAttribute) is { } attribute) AddProgram(method, attribute);
        }
    }

    private void AddProgram(IMethodSymbol method, AttributeData attribute)
    {
        SyntaxNode syntax = method.DeclaringSyntaxReferences[0].GetSyntax(Cancellation);
        if (attribute.ConstructorArguments.IsEmpty || HookName(attribute.ConstructorArguments[0]) is not { } hookName || HookTable.Find(hookName) is not { } hook)
        {
            FailSilently(syntax); // The attribute does not bind.
            return;
        }
        string? target = attribute.Positional(1) as string;
        bool takesTarget = hook.Target != HookTarget.None;
        if (takesTarget && string.IsNullOrEmpty(target))
        {
            HasWrongDeclaration = true;
            return;
        }
        if (HasWrongSignature(method, hookName))
        {
            HasWrongDeclaration = true;
            return;
        }
        if (Signature(method, Substitution.Empty, syntax) is not { } declared) return;
        // The kernel passes the context; the method's other parameters are read from it.
        ImmutableArray<SignatureParameter> arguments = declared.Parameters.RemoveAt(0);
        FunctionSignature signature = declared with { Parameters = [declared.Parameters[0]] };
        foreach (SignatureParameter argument in arguments)
        {
            if (argument.Layout.IsScalar) continue;
            Report(Ids.HookArgument, argument.Symbol.Locations[0], argument.Symbol.Name, argument.Layout.Type.ToDisplayString());
            return;
        }
        object? faultResult = attribute.Named("FaultResult");
        string name = attribute.Named("Name") as string is { Length: > 0 } given ? BtfTypeWriter.Identifier(given) : BtfTypeWriter.Identifier(method.Name);
        Function function = new(UniqueSymbol(name))
        {
            Section = takesTarget ? hook.Prefix + "/" + target : hook.Prefix,
            FaultResult = SymbolExtensions.TryGetBits(faultResult, out long bits) ? bits : hook.FaultResult,
            Inline = InlineHint.Never,
        };
        FunctionPlan plan = Add((method, ""), method, Substitution.Empty, signature, function);
        plan.Hook = hook;
        plan.HookArguments = arguments;
        AddToTables(plan);
        if (Class.Attribute(KnownNames.ObjectAttribute)?.Named("CountFaults") is true)
        {
            TypeLayout counter = Layouts.Get(Compilation.GetSpecialType(SpecialType.System_UInt64))!;
            Module.Globals.Add(new Global(UniqueSymbol("__faults_" + function.Name), ".bss", counter.Size, counter.Alignment, Btf.Type(counter), []));
        }
    }

    /// <summary>Whether the kernel cannot call the method; the generator reports what is wrong with it.</summary>
    private bool HasWrongSignature(IMethodSymbol method, string hook) =>
        !method.IsStatic || method.IsGenericMethod || method.IsAsync || method.Parameters.Length < 1 || method.Parameters.Length > 1 + HookRules.Find(hook)!.Arguments || method.Parameters.Any(static p => p.RefKind != RefKind.None)
        || method.Parameters[0].Type.OriginalDefinition.Attribute(KnownNames.ContextAttribute) is null
        || Layouts.Get(method.ReturnType) is not { Kind: LayoutKind.Integer, Size: 4 } || method.ReturnsByRef || method.ReturnsByRefReadonly;

    private static string? HookName(TypedConstant constant)
    {
        if (constant.Type is not INamedTypeSymbol { TypeKind: TypeKind.Enum } type) return null;
        return type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => f.HasConstantValue && Equals(f.ConstantValue, constant.Value))?.Name;
    }
}
