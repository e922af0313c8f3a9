using BpfSharp.Errors;
using BpfSharp.Loading;
using BpfSharp.Objects;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>The kernel's verifier rejected a program. The message names the source line and the reason; <see cref="Log"/> is the whole log.</summary>
public sealed class BpfVerifierException : BpfException
{
    /// <summary>Makes an exception without a message.</summary>
    public BpfVerifierException()
    {
    }

    /// <summary>Makes an exception with a message and no log.</summary>
    public BpfVerifierException(string message) : base(message)
    {
    }

    /// <summary>Makes an exception with a message, no log and what caused it.</summary>
    public BpfVerifierException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    private BpfVerifierException(string message, Errno error) : base(message, (int)error, error.ToString())
    {
    }

    /// <summary>The rejected program.</summary>
    public string ProgramName { get; private init; } = "";

    /// <summary>The verifier's reason, in the kernel's words.</summary>
    public string Reason { get; private init; } = "";

    /// <summary>What the reason is, if it is one of those that people meet.</summary>
    public BpfVerifierCause Cause { get; private init; }

    /// <summary>The reason in plain words, "" if it is not known.</summary>
    public string Meaning { get; private init; } = "";

    /// <summary>What to do about it, "" if it is not known.</summary>
    public string Fix { get; private init; } = "";

    /// <summary>What the kernel itself proposes (since Linux 7.3), "" if it proposes nothing.</summary>
    public string Suggestion { get; private init; } = "";

    /// <summary>What the verifier knew of the register that the reason names, e.g. <c>scalar(smin=0,umax=36)</c>; "" if it names none.</summary>
    public string RegisterState { get; private init; } = "";

    /// <summary>The variable whose register the reason names, as far as its value can be followed back to a source line that sets one; "" if not.</summary>
    public string Variable { get; private init; } = "";

    /// <summary>What the verifier knew of that number: <c>0 to 36</c>, <c>any number</c>; "" if it is none.</summary>
    public string VariableRange { get; private init; } = "";

    /// <summary>The instructions from the program's start to the failing one, in the order in which the verifier followed them.</summary>
    public IReadOnlyList<BpfVerifierStep> Path { get; private init; } = [];

    /// <summary>The whole verifier log. Where even 128 MiB (16 before kernel 6.4) do not hold it, its end, or before 6.4 its start and its last lines.</summary>
    public string Log { get; private init; } = "";

    /// <summary>The source file of the failing instruction, "" if the object does not say.</summary>
    public string SourceFile { get; private init; } = "";

    /// <summary>The line in it, from 1; 0 if it is not known.</summary>
    public int SourceLine { get; private init; }

    /// <summary>The line's text.</summary>
    public string SourceText { get; private init; } = "";

    /// <summary>The index of the failing instruction among the program's and its subprograms' instructions, -1 if it is not known.</summary>
    public int Instruction { get; private init; } = -1;

    internal static BpfVerifierException Create(string program, string log, LinkedProgram linked, int error)
    {
        string reason = VerifierLog.Reason(log);
        int instruction = VerifierLog.LastInstruction(log);
        (string text, string file, int line) = VerifierLog.LastSource(log)
            ?? (linked.LineOf(instruction) is LineSpec l ? (l.Text.Trim(), l.File, l.Line) : ("", "", 0));
        // Newer kernels shorten the path to the file's name; the object has it whole.
        if (linked.LineOf(instruction) is LineSpec whole && whole.Line == line && whole.File.EndsWith(file, StringComparison.Ordinal)) file = whole.File;
        string place = file.Length > 0 ? $" at {file}:{line}" : "";
        string source = text.Length > 0 ? $" (`{text}`)" : "";
        VerifierCatalogue.Entry entry = linked.Missing.TryGetValue(instruction, out MissingMember? missing)
            ? VerifierCatalogue.MissingKernelType(missing) : VerifierCatalogue.Explain(reason, log);
        string about = VerifierVariable.WithRegister(linked, instruction, reason);
        string state = VerifierLog.RegisterState(log, about), range = VerifierRange.Describe(state);
        List<BpfVerifierStep> path = VerifierPath.Read(log);
        string variable = VerifierVariable.Find(linked, path, about)?.Name ?? "";
        string number = range.Length == 0 || variable.Length == 0 ? "" : $" (`{variable}` may be {range})";
        VerifierReport? report = VerifierReport.Read(log);
        string said = report is null || report.Reason.Length == 0 || report.Reason == reason ? reason : $"{reason} ({report.Reason})";
        string words = entry.Meaning.Length > 0 ? $"{entry.Meaning}{number}; {entry.Fix}; the kernel says: {said}"
            : report is { Suggestion.Length: > 0 } ? $"{said} {report.Suggestion}" : said;
        return new BpfVerifierException($"the verifier rejects program '{program}'{place}{source}: {words}", (Errno)error)
        {
            Cause = entry.Cause,
            Meaning = entry.Meaning,
            Fix = entry.Fix,
            Suggestion = report?.Suggestion ?? "",
            RegisterState = state,
            Variable = variable,
            VariableRange = range,
            Path = path,
            ProgramName = program,
            Reason = reason,
            Log = log,
            SourceFile = file,
            SourceLine = line,
            SourceText = text,
            Instruction = instruction,
        };
    }
}
