using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>The front end: from the operation trees of a <c>[BpfObject]</c> class to IR.</summary>
internal static class KernelFrontend
{
    /// <summary>Lowers the programs of a class and all that they call. Never throws but when cancelled: what is wrong is in the diagnostics.</summary>
    public static FrontendResult Lower(INamedTypeSymbol bpfObject, Compilation compilation, CancellationToken cancellation) =>
        new ModuleLowering(bpfObject, compilation, cancellation).Run();

    /// <summary>Lowers one static method of a class and all that it calls, as a function; for tests.</summary>
    internal static FrontendResult LowerMethod(INamedTypeSymbol type, IMethodSymbol method, Compilation compilation, CancellationToken cancellation) =>
        new ModuleLowering(type, compilation, cancellation).Run(method);
}
