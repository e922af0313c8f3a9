using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>Runs the pipeline.</summary>
public static class PassManager
{
    /// <summary>Runs all passes over a module, in place.</summary>
    /// <param name="module">What the front end made.</param>
    /// <param name="options">What the code may rely on.</param>
    /// <param name="observer">Called after each pass with its name.</param>
    /// <exception cref="InvalidIrException">The module or a pass broke a rule; only where <see cref="CompilerOptions.CheckAfterEveryPass"/> is set.</exception>
    public static void Run(Module module, CompilerOptions options, Action<string, Module>? observer = null) =>
        Run(module, options, PassTable.Rows, observer);

    /// <summary>Runs some passes.</summary>
    internal static void Run(Module module, CompilerOptions options, IReadOnlyList<Pass> passes, Action<string, Module>? observer = null)
    {
        if (PassTable.BrokenOrder(passes) is { } broken) throw new InvalidOperationException($"The pass table's order is wrong: {broken}.");
        if (options.CheckAfterEveryPass) IrChecker.Check(module);
        PassContext context = new(module, options);
        foreach (Pass pass in passes)
        {
            switch (pass)
            {
                case ModulePass p: p.Run(module, options); break;
                case FunctionPass p:
                    foreach (Function function in module.Functions) p.Run(function, context);
                    break;
            }
            if (options.CheckAfterEveryPass) Check(module, pass.Name);
            observer?.Invoke(pass.Name, module);
        }
    }

    private static void Check(Module module, string pass)
    {
        try
        {
            IrChecker.Check(module);
        }
        catch (InvalidIrException e)
        {
            throw new InvalidIrException($"After the pass '{pass}': {e.Message}", e);
        }
    }
}
