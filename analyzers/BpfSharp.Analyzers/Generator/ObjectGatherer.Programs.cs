using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Generator;

/// <summary>Program methods.</summary>
internal sealed partial class ObjectGatherer
{
    private ImmutableArray<ProgramModel> GatherPrograms()
    {
        var programs = ImmutableArray.CreateBuilder<ProgramModel>();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (IMethodSymbol method in _class.MembersInSourceOrder<IMethodSymbol>())
        {
            _cancellation.ThrowIfCancellationRequested();
            AttributeData? attribute = method.FindAttribute(KernelNames.ProgramAttribute);
            if (attribute is null) continue;
            ProgramModel? program = GatherProgram(method, attribute);
            if (program is null) continue;
            if (names.TryGetValue(program.SymbolName, out string? other))
            {
                Report(BpfDiagnostics.DuplicateName, method, other, method.Name, program.SymbolName);
                continue;
            }

            names[program.SymbolName] = method.Name;
            programs.Add(program);
        }

        return programs.ToImmutable();
    }

    private ProgramModel? GatherProgram(IMethodSymbol method, AttributeData attribute)
    {
        // An attribute that C# itself reports.
        if (attribute.ConstructorArguments.Length == 0) return null;
        string? what = UnsupportedMethod(method);
        if (what is not null) Report(BpfDiagnostics.UnsupportedProgramMethod, method, method.Name, what);
        string name = attribute.NamedString("Name") ?? method.Name;
        if (!CheckName(method, name)) return null;
        string hook = attribute.ConstructorArguments[0].EnumMember();
        string target = attribute.ConstructorArguments.Length > 1 ? attribute.ConstructorArguments[1].Value as string ?? "" : "";
        var program = new ProgramModel(method.Name, name, target.Length == 0 ? hook : hook + " " + target);
        HookRules? rules = HookRules.Find(hook);
        if (rules is null || what is not null) return program;
        CheckSignature(method, rules);
        if (rules.Target.Length > 0 && target.Length == 0) Report(BpfDiagnostics.TargetMissing, method, method.Name, hook, rules.Target);
        if (rules.Target.Length == 0 && target.Length > 0) Report(BpfDiagnostics.TargetNotTaken, method, method.Name, hook);
        CheckFaultResult(method, attribute);
        return program;
    }

    private static string? UnsupportedMethod(IMethodSymbol method)
    {
        if (!method.IsStatic) return "not static";
        if (method.IsGenericMethod) return "generic";
        if (method.IsAsync) return "async";
        if (method.IsExtern) return "extern";
        return method.IsPartialDefinition && method.PartialImplementationPart is null ? "without a body" : null;
    }

    private void CheckSignature(IMethodSymbol method, HookRules rules)
    {
        if (method.Parameters.Length < 1 || method.Parameters.Length > 1 + rules.Arguments || method.Parameters.Any(p => p.RefKind != RefKind.None) || !IsContext(method.Parameters[0].Type, rules.Name))
            Report(BpfDiagnostics.WrongProgramParameters, method, method.Name, rules.Name, rules.Context);
        ITypeSymbol result = method.ReturnType is INamedTypeSymbol { EnumUnderlyingType: { } underlying } ? underlying : method.ReturnType;
        if (result.TypeKind != TypeKind.Error && result.SpecialType is not (SpecialType.System_Int32 or SpecialType.System_UInt32))
            Report(BpfDiagnostics.WrongProgramResult, method, method.Name, method.ReturnType.ToDisplayString(), rules.Result);
    }

    private static bool IsContext(ITypeSymbol type, string hook)
    {
        if (type.TypeKind == TypeKind.Error) return true; // C# reports it.
        TypedConstant? hooks = type.FindAttribute(KernelNames.ContextAttribute)?.Named("Hooks");
        return hooks is { Kind: TypedConstantKind.Array } array && array.Values.Any(value => value.EnumMember() == hook);
    }

    private void CheckFaultResult(IMethodSymbol method, AttributeData attribute)
    {
        if (attribute.Named("FaultResult") is not { } result) return;
        bool fits = SymbolEqualityComparer.Default.Equals(result.Type, method.ReturnType)
            || (method.ReturnType.SpecialType == SpecialType.System_UInt32 && result.Value is int and >= 0);
        if (!fits) Report(BpfDiagnostics.WrongFaultResult, method, method.Name, method.ReturnType.ToDisplayString());
    }
}
