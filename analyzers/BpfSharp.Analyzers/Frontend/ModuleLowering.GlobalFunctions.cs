using BpfSharp.Analyzers.Diagnostics;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Global functions: what their declarations may say. The verifier checks them by themselves, so BTF has to tell it all that they get.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>The contexts that kernels recognise by the struct's name where a global function declares one.</summary>
    private static readonly HashSet<string> s_contexts = ["xdp_md", "__sk_buff", "bpf_perf_event_data", "bpf_raw_tracepoint_args"];

    /// <summary>Whether a method can be a global function; if not that is reported.</summary>
    private bool CheckGlobalFunction(IMethodSymbol method, FunctionSignature signature)
    {
        string? problem = !method.IsStatic || method.IsGenericMethod || method.ContainingType is { IsGenericType: true } || method.MethodKind != MethodKind.Ordinary
            ? "must be a static method that is not generic"
            : signature.ReturnsReference || signature.Result.Kind != LayoutKind.Integer ? "must return an integer"
            : signature.Count > MaximumParameters ? $"has {signature.Count} parameters, and functions can have {MaximumParameters}"
            : signature.Parameters.Select(Problem).FirstOrDefault(static p => p is not null);
        if (problem is not null) Report(Ids.GlobalFunction, method.Locations[0], method.Name, problem);
        return problem is null;
    }

    private static string? Problem(SignatureParameter parameter)
    {
        string name = parameter.Symbol.Name, type = parameter.Layout.Type.ToDisplayString();
        if (parameter.Symbol.RefKind == RefKind.Out) return $"cannot have the out parameter '{name}'; make it ref";
        if (parameter.Passing == Passing.Scalar) return parameter.Layout.Kind == LayoutKind.Integer || ContextName(parameter.Layout) is not null ? null : Cannot();
        return parameter.Layout.Kind == LayoutKind.Integer || parameter.Layout is { Kind: LayoutKind.Struct, HasPointers: false, HasLock: false, IsSpan: false, Size: > 0 } ? null : Cannot();

        string Cannot() => $"cannot get '{name}' of type '{type}'; it can get integers, the context, and numbers and structs without references in them";
    }

    /// <summary>The C name of the context that a parameter is; null if it is none, or one that kernels do not recognise.</summary>
    private static string? ContextName(TypeLayout layout) =>
        layout.Type.OriginalDefinition.Attribute(KnownNames.ContextAttribute)?.Named("CName") is string name && s_contexts.Contains(name) ? name : null;
}
