namespace BpfSharp;

/// <summary>The source line of the instructions of a program in the kernel from <paramref name="Index"/> on (<c>struct bpf_line_info</c>).</summary>
/// <param name="Index">The first instruction, among <see cref="BpfProgram.GetInstructions"/>.</param>
/// <param name="File">The source file's path.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1; at most 1023 are kept.</param>
/// <param name="Text">The line's text.</param>
/// <param name="Address">Where the machine code of it begins (<c>jited_line_info</c>); null if the caller may not see it, or the program is interpreted.</param>
public sealed record BpfProgramLine(int Index, string File, int Line, int Column, string Text, ulong? Address);
