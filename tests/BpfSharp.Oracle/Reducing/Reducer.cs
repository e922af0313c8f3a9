using BpfSharp.Oracle.Generation;
using BpfSharp.Oracle.Running;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BpfSharp.Oracle.Reducing;

/// <summary>
/// Makes a failing program smaller while it fails in the same way. It works on the C# syntax: what does not compile any more is dropped.
/// </summary>
internal sealed class Reducer(Checker checker, Failure failure, ulong seed)
{
    private const int BatchSize = 24;
    private const int MaximumBatches = 400;

    private readonly HashSet<string> _tried = [];
    private int _batches;

    /// <summary>The smallest program found.</summary>
    public string Reduce(string program)
    {
        string best = program;
        bool any = true;
        while (any && _batches < MaximumBatches)
        {
            any = false;
            _tried.Clear();
            while (Step(best) is { } smaller)
            {
                best = smaller;
                any = true;
            }
        }
        return best;
    }

    /// <summary>The best of the first batch of candidates that has one that fails; null if none does.</summary>
    private string? Step(string program)
    {
        CompilationUnitSyntax root = CSharpSyntaxTree.ParseText(program, new CSharpParseOptions(LanguageVersion.CSharp14)).GetCompilationUnitRoot();
        List<string> batch = [];
        foreach (string candidate in Candidates(root, program).OrderBy(static c => c.Length).ToList())
        {
            if (!_tried.Add(candidate)) continue;
            batch.Add(candidate);
            if (batch.Count < BatchSize) continue;
            if (FirstFailing(batch) is { } found) return found;
            batch.Clear();
            if (_batches >= MaximumBatches) return null;
        }
        return batch.Count > 0 ? FirstFailing(batch) : null;
    }

    private string? FirstFailing(List<string> candidates)
    {
        _batches++;
        var programs = candidates.Select((text, i) =>
        {
            string name = $"{failure.Name}_{i}";
            return (name, ProgramBatch.Parse(name, text.Replace($"class {failure.Name}", $"class {name}", StringComparison.Ordinal)), seed);
        }).ToArray();
        List<Failure> failures = checker.Check(programs, twice: failure.Kind == FailureKind.NotDeterministic);
        int best = -1;
        foreach (Failure found in failures)
        {
            if (found.Kind != failure.Kind || found.Signature != failure.Signature) continue;
            int index = int.Parse(found.Name[(found.Name.LastIndexOf('_') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
            if (best < 0 || candidates[index].Length < candidates[best].Length) best = index;
        }
        return best < 0 ? null : candidates[best];
    }

    private static IEnumerable<string> Candidates(CompilationUnitSyntax root, string program)
    {
        // What runs the program in .NET stays as it is.
        foreach (SyntaxNode node in root.DescendantNodes(static n => n is not MethodDeclarationSyntax { Identifier.Text: "Execute" }))
        {
            switch (node)
            {
                case MethodDeclarationSyntax { Identifier.Text: "Run" or "Execute" }:
                    break;
                case MemberDeclarationSyntax member when member.Parent is TypeDeclarationSyntax:
                    yield return Without(program, member);
                    break;
                case BlockSyntax block:
                    int half = block.Statements.Count / 2;
                    if (half > 1)
                    {
                        yield return Cut(program, block.Statements[0].FullSpan.Start, block.Statements[half - 1].FullSpan.End);
                        yield return Cut(program, block.Statements[half].FullSpan.Start, block.Statements[^1].FullSpan.End);
                    }
                    break;
                case ElseClauseSyntax or SwitchSectionSyntax or SwitchExpressionArmSyntax or AttributeListSyntax { Parent: MethodDeclarationSyntax { Identifier.Text: not "Run" } }:
                    yield return Without(program, node);
                    break;
            }
            if (node is SwitchExpressionArmSyntax { } arm) yield return Cut(program, arm.FullSpan.Start, arm.FullSpan.End + 1);
            if (node is ArgumentSyntax or ParameterSyntax or ExpressionSyntax { Parent: InitializerExpressionSyntax })
            {
                yield return Cut(program, node.FullSpan.Start, Math.Min(program.Length, node.FullSpan.End + 1));
                yield return Cut(program, node.FullSpan.Start - 1, node.FullSpan.End);
            }
            if (node is StatementSyntax statement and not BlockSyntax { Parent: MethodDeclarationSyntax })
            {
                yield return Without(program, node);
                foreach (StatementSyntax inner in Bodies(statement)) yield return Replace(program, node, inner is BlockSyntax b ? b.Statements.ToFullString() : inner.ToFullString());
            }
            if (node is ExpressionSyntax expression and not (TypeSyntax or LiteralExpressionSyntax) && expression.Parent is not (MemberAccessExpressionSyntax or InvocationExpressionSyntax))
            {
                foreach (ExpressionSyntax child in expression.ChildNodes().OfType<ExpressionSyntax>().Where(static c => c is not PredefinedTypeSyntax)) yield return Replace(program, node, child.ToString());
                if (expression is InvocationExpressionSyntax call)
                    foreach (ArgumentSyntax argument in call.ArgumentList.Arguments) yield return Replace(program, node, argument.Expression.ToString());
                if (expression.Parent is not (ParenthesizedExpressionSyntax or ExpressionStatementSyntax) && expression.Span.Length > 1)
                {
                    yield return Replace(program, node, "1");
                    yield return Replace(program, node, "true");
                    yield return Replace(program, node, "default");
                }
            }
            else if (node is IdentifierNameSyntax { Parent: not (MemberAccessExpressionSyntax or InvocationExpressionSyntax or QualifiedNameSyntax) } name && name.Span.Length > 1)
            {
                yield return Replace(program, node, "1");
            }
        }
    }

    private static IEnumerable<StatementSyntax> Bodies(StatementSyntax statement) => statement switch
    {
        IfStatementSyntax s => s.Else is null ? [s.Statement] : [s.Statement, s.Else.Statement],
        ForStatementSyntax s => [s.Statement],
        WhileStatementSyntax s => [s.Statement],
        DoStatementSyntax s => [s.Statement],
        CommonForEachStatementSyntax s => [s.Statement],
        SwitchStatementSyntax s => s.Sections.SelectMany(static x => x.Statements.OfType<BlockSyntax>()),
        BlockSyntax s => [s],
        _ => [],
    };

    private static string Without(string program, SyntaxNode node) => Cut(program, node.FullSpan.Start, node.FullSpan.End);

    private static string Cut(string program, int start, int end) => string.Concat(program.AsSpan(0, Math.Max(0, start)), program.AsSpan(Math.Min(end, program.Length)));

    private static string Replace(string program, SyntaxNode node, string text) =>
        string.Concat(program.AsSpan(0, node.Span.Start), text, program.AsSpan(node.Span.End));
}
