namespace BpfSharp.Cli;

/// <summary>A command cannot do what it was asked for; the message says why.</summary>
internal sealed class CommandException(string message) : Exception(message);
