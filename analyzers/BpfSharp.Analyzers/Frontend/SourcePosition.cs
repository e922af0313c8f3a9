namespace BpfSharp.Analyzers.Frontend;

/// <summary>A place in the C# source, without symbols or syntax.</summary>
/// <param name="File">The file's path as the compilation has it.</param>
/// <param name="Start">The first character.</param>
/// <param name="Length">How many characters.</param>
/// <param name="Line">The first line, from 0.</param>
/// <param name="Column">The first column, from 0.</param>
/// <param name="EndLine">The last line, from 0.</param>
/// <param name="EndColumn">The column after the last character, from 0.</param>
internal readonly record struct SourcePosition(string File, int Start, int Length, int Line, int Column, int EndLine, int EndColumn);
