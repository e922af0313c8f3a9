using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Btf;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Functions: which there are, their names and signatures, and that none calls itself.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>How many arguments a BPF function takes in registers.</summary>
    public const int MaximumParameters = 5;

    private readonly Dictionary<(ISymbol Method, string Substitution), FunctionPlan> _plans = [];
    private readonly List<FunctionPlan> _order = [];
    private readonly HashSet<string> _symbols = [];

    /// <summary>The plan of a method that has source; it is lowered later. Null if its signature cannot be lowered, which is then reported.</summary>
    public FunctionPlan? Plan(IMethodSymbol method, Substitution substitution, SyntaxNode at, bool addressTaken = false)
    {
        (ISymbol, string) key = (method.OriginalDefinition, substitution.Key);
        if (_plans.TryGetValue(key, out FunctionPlan? plan))
        {
            if (addressTaken) plan.Function.Inline = InlineHint.Never;
            return plan;
        }
        if (Signature(method, substitution, at) is not { } signature) return null;
        AttributeData? global = method.Attribute(KnownNames.GlobalFunctionAttribute);
        if (global is not null && !CheckGlobalFunction(method, signature)) return null;
        Function function = new(UniqueSymbol(global is null ? FunctionName(method) : BtfTypeWriter.Identifier(global.Named("Name") as string is { Length: > 0 } given ? given : method.Name)))
        {
            Inline = addressTaken || global is not null ? InlineHint.Never : Hint(method),
            IsGlobal = global is not null,
        };
        return Add(key, method, substitution, signature, function);
    }

    /// <summary>The plan of a callback: a function that takes what the kernel gives it, and gives 0 to go on, 1 to stop.</summary>
    public FunctionPlan? PlanCallback(IMethodSymbol method, Substitution substitution, SyntaxNode at, CallbackKind kind)
    {
        (ISymbol, string) key = (method.OriginalDefinition, substitution.Key + " " + kind);
        if (_plans.TryGetValue(key, out FunctionPlan? plan)) return plan;
        if (Signature(method, substitution, at) is not { } signature) return null;
        Function function = new(UniqueSymbol(FunctionName(method)))
        {
            Inline = InlineHint.Never,
            ReturnType = IrType.I64,
            DebugId = Positions.Id(at),
        };
        int wide = Btf.Type(Layouts.Get(Compilation.GetSpecialType(SpecialType.System_Int64))!), pointer = Btf.Type(Layouts.Pointer);
        (string Name, IrType Type)[] taken = kind == CallbackKind.Loop
            ? [("index", IrType.I64), ("context", IrType.Pointer())]
            : [("map", IrType.Pointer(Region.Map)), ("key", IrType.Pointer()), ("value", IrType.Pointer(Region.MapValue)), ("context", IrType.Pointer())];
        if (kind == CallbackKind.Timer) taken = [.. taken.Take(3)];
        else if (kind == CallbackKind.Drain) taken = [("record", IrType.Pointer()), ("context", IrType.Pointer())];
        foreach ((string name, IrType type) in taken) function.Parameters.Add(new Parameter(type, name));
        function.BtfTypeId = Btf.Function(function.Name, wide, [.. taken.Select(t => new BtfParameter(t.Name, t.Type.IsPointer ? pointer : wide))], BtfLinkage.Static);
        plan = new FunctionPlan(method, substitution, signature, function, at) { Callback = kind };
        _plans.Add(key, plan);
        _order.Add(plan);
        Module.Functions.Add(function);
        return plan;
    }

    private FunctionPlan Add((ISymbol, string) key, IMethodSymbol method, Substitution substitution, FunctionSignature signature, Function function)
    {
        SyntaxNode syntax = method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(Cancellation) ?? Class.DeclaringSyntaxReferences[0].GetSyntax(Cancellation);
        function.ReturnType = signature.ReturnType;
        function.DebugId = Positions.Id(syntax);
        FunctionPlan plan = new(method, substitution, signature, function, syntax);
        _plans.Add(key, plan);
        _order.Add(plan);
        Module.Functions.Add(function);
        ImmutableArray<BtfParameter>.Builder parameters = ImmutableArray.CreateBuilder<BtfParameter>();
        void AddParameter(IrType type, string name, int btf)
        {
            function.Parameters.Add(new Parameter(type, name));
            parameters.Add(new BtfParameter(name, btf));
        }
        if (signature.HasResultPointer) AddParameter(IrType.Pointer(), "result", Btf.PointerTo(signature.Result));
        if (signature.This is { } self) AddParameter(IrType.Pointer(), "this", Btf.PointerTo(self));
        foreach (SignatureParameter parameter in signature.Parameters)
        {
            IrType type = parameter.Passing == Passing.Scalar ? parameter.Layout.IrType : IrType.Pointer();
            string? context = function.IsGlobal ? ContextName(parameter.Layout) : null;
            bool isContext = context is not null || function.IsProgram && parameters.Count == 0;
            int btf = context is not null ? Btf.PointerToStruct(context) : isContext ? Btf.PointerTo(new TypeLayout(parameter.Layout.Type, LayoutKind.Void, 0, 1))
                : parameter.Passing == Passing.Scalar ? Btf.Type(parameter.Layout) : Btf.PointerTo(parameter.Layout);
            // A context that is handed on is still the context: what is loaded from it is known to be the packet.
            bool hasContext = isContext || parameter.Passing == Passing.Scalar && parameter.Layout.Type.OriginalDefinition.Attribute(KnownNames.ContextAttribute) is not null;
            AddParameter(hasContext ? IrType.Pointer(Region.Context) : type, BtfTypeWriter.Identifier(parameter.Symbol.Name), btf);
        }
        int result = signature.ReturnsReference ? Btf.PointerTo(signature.Result) : signature.HasResultPointer ? 0 : Btf.Type(signature.Result);
        function.BtfTypeId = Btf.Function(function.Name, result, parameters.ToImmutable(), function.IsProgram || function.IsGlobal ? BtfLinkage.Global : BtfLinkage.Static);
        if (function.Parameters.Count > MaximumParameters && function.Inline != InlineHint.Never) function.Inline = InlineHint.Always;
        return plan;
    }

    /// <summary>The signature of a method, null if a type in it cannot be lowered, which is then reported.</summary>
    /// <param name="method">The method.</param>
    /// <param name="substitution">What its type parameters stand for.</param>
    /// <param name="at">Where it is needed.</param>
    /// <param name="selfType">The struct that runs a default member of an interface; null for other methods.</param>
    public FunctionSignature? Signature(IMethodSymbol method, Substitution substitution, SyntaxNode at, ITypeSymbol? selfType = null)
    {
        SyntaxNode place = method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(Cancellation) ?? at;
        if (Unlowerable(method) is { } problem)
        {
            Report(problem, method.Locations[0]);
            return null;
        }
        IParameterSymbol? extended = ExtensionBlocks.Receiver(method);
        TypeLayout? result = method.MethodKind == MethodKind.Constructor
            ? Layouts.Get(Compilation.GetSpecialType(SpecialType.System_Void))
            : LayoutOrReport(substitution.Apply(method.ReturnType, Compilation), place);
        TypeLayout? self = null;
        if (!method.IsStatic && extended is null && method.MethodKind is not (MethodKind.LocalFunction or MethodKind.AnonymousFunction) && method.ContainingType is { } container)
        {
            self = LayoutOrReport(selfType ?? substitution.Apply(container, Compilation), place);
            if (self is null) return null;
        }
        if (result is null) return null;
        ImmutableArray<SignatureParameter>.Builder parameters = ImmutableArray.CreateBuilder<SignatureParameter>();
        IEnumerable<IParameterSymbol> declared = FunctionLowering.Implementation(method.OriginalDefinition).Parameters;
        foreach (IParameterSymbol parameter in extended is null ? declared : declared.Prepend(extended))
        {
            SyntaxNode parameterPlace = parameter.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(Cancellation) ?? place;
            if (LayoutOrReport(substitution.Apply(parameter.Type, Compilation), parameterPlace) is not { } layout) return null;
            Passing passing = parameter.RefKind != RefKind.None ? Passing.Reference : layout.IsScalar ? Passing.Scalar : Passing.Copy;
            parameters.Add(new SignatureParameter(parameter, layout, passing));
        }
        return new FunctionSignature(result, method.ReturnsByRef || method.ReturnsByRefReadonly, self, parameters.ToImmutable());
    }

    /// <summary>The diagnostic for a method that is no ordinary one: asynchronous or an iterator; null if it is.</summary>
    private string? Unlowerable(IMethodSymbol method) => method.IsAsync ? Ids.Async : IsIterator(method) ? Ids.Iterator : null;

    /// <summary>Whether the C# compiler leaves a call out, with its arguments: the method is conditional on symbols that are not defined.</summary>
    public bool IsLeftOut(Microsoft.CodeAnalysis.Operations.IInvocationOperation call)
    {
        ImmutableArray<AttributeData> attributes =
            [.. call.TargetMethod.GetAttributes().Where(static a => a.AttributeClass.Is("System.Diagnostics.ConditionalAttribute"))];
        if (attributes.IsEmpty) return false;
        HashSet<string> defined = [.. call.Syntax.SyntaxTree.Options.PreprocessorSymbolNames];
        // #define stands before all code.
        foreach (SyntaxTrivia trivia in call.Syntax.SyntaxTree.GetRoot(Cancellation).GetLeadingTrivia())
        {
            if (trivia.GetStructure() is DefineDirectiveTriviaSyntax { IsActive: true } define) defined.Add(define.Name.ValueText);
            else if (trivia.GetStructure() is UndefDirectiveTriviaSyntax { IsActive: true } undefine) defined.Remove(undefine.Name.ValueText);
        }
        return !attributes.Any(a => a.Positional(0) is string symbol && defined.Contains(symbol));
    }

    /// <summary>Whether a method has <c>yield</c> in it.</summary>
    public bool IsIterator(IMethodSymbol method)
    {
        bool mayIterate = method.ReturnType.OriginalDefinition.SpecialType is SpecialType.System_Collections_IEnumerable or SpecialType.System_Collections_IEnumerator
            or SpecialType.System_Collections_Generic_IEnumerable_T or SpecialType.System_Collections_Generic_IEnumerator_T;
        return mayIterate && method.DeclaringSyntaxReferences.Any(r => r.GetSyntax(Cancellation).DescendantNodes().OfType<YieldStatementSyntax>().Any());
    }

    /// <summary>The layout of a type; if there is none that is reported.</summary>
    public TypeLayout? LayoutOrReport(ITypeSymbol type, SyntaxNode at)
    {
        TypeLayout? layout = Layouts.Get(type, out string problem);
        if (layout is null)
        {
            if (problem.Length == 0) FailSilently(at);
            else Report(problem, at, TypeProblemArguments(problem, type));
        }
        return layout;
    }

    /// <summary>What the message of a type's problem takes.</summary>
    public static string[] TypeProblemArguments(string problem, ITypeSymbol type) => problem switch
    {
        Ids.StringUse or Ids.DynamicUse => [],
        Ids.UnsafePointer => [$"The pointer type '{type.ToDisplayString()}'"],
        _ => [type.ToDisplayString()],
    };

    private void LowerFunctions()
    {
        // The list grows while functions are lowered.
        for (int i = 0; i < _order.Count; i++)
        {
            Cancellation.ThrowIfCancellationRequested();
            FunctionPlan plan = _order[i];
            try
            {
                new FunctionLowering(this, plan).Run();
            }
            catch (LoweringException)
            {
                // Reported where it was thrown.
            }
#pragma warning disable CA1031 // A defect of the front end must become a diagnostic at a place, not a crash of the C# compiler.
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                if (HasErrors(plan.Syntax)) FailSilently(plan.Syntax);
                else Report(Ids.InternalError, plan.Syntax, plan.Method.Name, exception.GetType().Name + ": " + exception.Message);
            }
#pragma warning restore CA1031
        }
    }

    private void FindRecursion()
    {
        HashSet<FunctionPlan> done = [];
        List<FunctionPlan> path = [];
        void Visit(FunctionPlan plan)
        {
            path.Add(plan);
            foreach ((FunctionPlan callee, SyntaxNode at) in plan.Calls)
            {
                int start = path.IndexOf(callee);
                if (start >= 0)
                {
                    IEnumerable<string> cycle = path.Skip(start).Append(callee).Select(static p => p.Method.Name);
                    Report(Ids.Recursion, at, callee.Method.Name, string.Join(" → ", cycle));
                }
                else if (!done.Contains(callee))
                {
                    Visit(callee);
                }
            }
            path.RemoveAt(path.Count - 1);
            done.Add(plan);
        }
        foreach (FunctionPlan plan in _order)
        {
            if (!done.Contains(plan)) Visit(plan);
        }
    }

    private string UniqueSymbol(string name)
    {
        string result = name;
        for (int i = 2; !_symbols.Add(result); i++) result = name + "_" + i;
        return result;
    }

    private static string FunctionName(IMethodSymbol method)
    {
        string name = method.MethodKind switch
        {
            MethodKind.Constructor => "new",
            MethodKind.AnonymousFunction => "lambda",
            _ => method.Name.Substring(method.Name.LastIndexOf('.') + 1),
        };
        INamedTypeSymbol? type = method.ContainingType;
        while (type is { Name.Length: 0, ContainingType: not null }) type = type.ContainingType;
        string container = type is null ? "" : type.Name + "_";
        return BtfTypeWriter.Identifier(container + name);
    }

    private static InlineHint Hint(IMethodSymbol method) =>
        (method.MethodImplementationFlags & System.Reflection.MethodImplAttributes.AggressiveInlining) != 0 ? InlineHint.Always
        : (method.MethodImplementationFlags & System.Reflection.MethodImplAttributes.NoInlining) != 0 ? InlineHint.Never
        : InlineHint.Automatic;
}
