using System.Text;
using BpfSharp.Analyzers.Frontend;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>Half-typed code is ordinary input: each token of the samples is left out in turn, and no exception may escape.</summary>
public class MutationTests
{
    /// <summary>A program with something of everything, so that every part of the front end sees broken code.</summary>
    private const string Everything = """
        public record struct P(int X, long Y);
        public struct S(int a) { public int A = a; public int this[int i] { get => A + i; set => A = value; } public void Deconstruct(out int x, out int y) { x = A; y = 2; } public static S operator +(S l, S r) => new(l.A + r.A); }
        [InlineArray(4)] public struct Buf { int e; }
        [BpfObject] public static partial class T
        {
            static int n = 3;
            const int K = 4;
            static int G<V>(ref V v, in int d = 2) where V : INumber<V> { v += V.One; return d; }
            static int F(int a, long b)
            {
                Buf buf = default; Span<int> s = stackalloc int[4]; ReadOnlySpan<byte> u = "abc"u8;
                S t = new(a) { A = 3 }; P p = new P(a, b) with { X = K }; (int x, var y) = t; int? m = a > 3 ? a : null;
                foreach (ref int e in s) e += buf[a & 3]++;
                for (int i = 0; i < s.Length; i++) { if (i == a) continue; s[^1] = checked(i * (int)b); }
                switch (p) { case { X: > 3 and < 9, Y: var q } when q > 2: n += (int)q; break; case (1, _): goto default; default: n--; break; }
                int Local(int v) { return v + a; }
                while (true) { if (Local(n) > 3 || m is { } z && z != 3) break; n <<= 1; }
                a = s switch { [1, .., var w] => w, [_] => G(ref a), _ => m ?? Math.Max(a, 3) };
                t[1] += t[0]; (x, y) = (y, x); t += t;
                return s[1..^1].Length + u[a] + x + (int)p.Y + sizeof(long) + BitOperations.PopCount((uint)a);
            }
        }
        """;

    [Theory]
    [InlineData(Everything, true)]
    [InlineData(SampleTests.SyscallCounter, false)]
    [InlineData(SampleTests.Packets, false)]
    public void No_exception_escapes(string source, bool isMethod)
    {
        Assert.Empty(new Compiled(source).Errors);
        SyntaxToken[] tokens = [.. CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.CSharp14)).GetRoot().DescendantTokens()];
        StringBuilder failures = new();
        foreach (SyntaxToken token in tokens)
        {
            string mutant = source.Remove(token.SpanStart, token.Span.Length);
            Compiled compiled = new(mutant);
            if (compiled.Compilation.GetTypeByMetadataName("T") is not { } type || type.GetMembers("F").OfType<IMethodSymbol>().Count() != 1 && isMethod) continue;
            try
            {
                FrontendResult result = isMethod ? compiled.LowerMethod("T", "F") : compiled.Lower();
                bool isErroneous = compiled.Errors.Any();
                if (result.Diagnostics.Any(static d => d.Id == "BPF0001")) failures.AppendLine($"an internal error without '{token}' at {token.SpanStart}: {string.Join(", ", result.Diagnostics[0].Arguments)}");
                if (result.Module is null && result.Diagnostics.IsEmpty && !isErroneous) failures.AppendLine($"nothing and no reason without '{token}' at {token.SpanStart}");
            }
            catch (Exception exception)
            {
                failures.AppendLine($"without '{token}' at {token.SpanStart}: {exception}");
            }
        }
        Assert.True(failures.Length == 0, failures.ToString());
    }
}
