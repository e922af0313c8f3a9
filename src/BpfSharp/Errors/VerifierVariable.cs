using System.Text.RegularExpressions;
using BpfSharp.Loading;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Errors;

/// <summary>
/// The variable behind a register: the register is followed back along the way to the fault, through copies and through its place on the stack, to the
/// instruction that computed it, and the name is read from that instruction's source line.
/// </summary>
internal static partial class VerifierVariable
{
    private const int FramePointer = 10;
    private const byte MoveWide = 0xbf, MoveNarrow = 0xbc, Call = 0x85;

    /// <summary>The variable's name and where it got its value; null if it cannot be said.</summary>
    /// <param name="linked">The program.</param>
    /// <param name="path">The way to the fault.</param>
    /// <param name="reason">The verifier's reason, which names the register.</param>
    public static (string Name, LineSpec Line)? Find(LinkedProgram linked, List<BpfVerifierStep> path, string reason)
    {
        if (Register().Match(reason) is not { Success: true } match || path.Count == 0) return null;
        int register = match.Groups[1].ValueSpan is ['1', '0'] ? FramePointer : match.Groups[1].Value[0] - '0';
        int? slot = null;
        for (int i = path.Count - 2; i >= 0; i--)
        {
            int at = path[i].Instruction;
            if (at >= linked.Instructions.Length) return null;
            Instruction instruction = linked.Instructions[at];
            if (slot is { } offset)
            {
                // Where the value was put onto the stack.
                if (!IsStore(instruction) || instruction.Destination != FramePointer || instruction.Offset != offset) continue;
                (register, slot) = (instruction.Source, null);
                continue;
            }

            if (!Writes(instruction, register)) continue;
            if (instruction.Code is MoveWide or MoveNarrow && instruction.Source != FramePointer)
            {
                register = instruction.Source;
                continue;
            }

            if (IsLoad(instruction) && instruction.Source == FramePointer)
            {
                slot = instruction.Offset;
                continue;
            }

            if (linked.LineOf(at) is { } line && NameIn(line.Text) is { Length: > 0 } name) return (name, line);
            // A step of the computation, such as clearing the upper half; the variable may be behind it.
            if (!IsArithmetic(instruction)) return null;
        }

        return null;
    }

    /// <summary>The reason with the register that it is about, which older kernels (6.1, not 6.12) leave out where a helper is given no bytes.</summary>
    public static string WithRegister(LinkedProgram linked, int at, string reason)
    {
        if (!reason.StartsWith("invalid zero-sized", StringComparison.Ordinal) || at < 0 || at >= linked.Instructions.Length) return reason;
        Instruction call = linked.Instructions[at];
        int size = call.Code == Call && call.Source == 0 && Helpers.Find(call.Immediate) is { } helper ? helper.Arguments.IndexOf(HelperArgument.Size) : -1;
        return size < 0 ? reason : $"R{size + 1} {reason}";
    }

    /// <summary>The variable that a line of C# or C sets, "" if it sets none.</summary>
    internal static string NameIn(string text) =>
        OutVariable().Match(text) is { Success: true } given ? given.Groups[1].Value
        : Assignment().Match(text) is { Success: true } assigned ? assigned.Groups[1].Value
        : "";

    private static bool Writes(Instruction instruction, int register) =>
        instruction.Code == Call ? register == 0
        : (IsArithmetic(instruction) || IsLoad(instruction) || instruction.Code == 0x18) && instruction.Destination == register;

    private static bool IsArithmetic(Instruction instruction) => (instruction.Code & 7) is 4 or 7;

    private static bool IsLoad(Instruction instruction) => (instruction.Code & 7) == 1;

    private static bool IsStore(Instruction instruction) => (instruction.Code & 7) == 3;

    [GeneratedRegex(@"\bR(\d+)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Register();

    [GeneratedRegex(@"([A-Za-z_@][\w.]*)\s*(?:[-+*/%&|^]|<<|>>>?)?=(?![=>])", RegexOptions.CultureInvariant)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"\bout\s+(?:[\w<>.]+\s+)?([A-Za-z_@]\w*)", RegexOptions.CultureInvariant)]
    private static partial Regex OutVariable();
}
