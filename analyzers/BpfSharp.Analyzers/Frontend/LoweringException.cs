namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// Ends the lowering of a statement whose error has been reported (by us or by the C# compiler). It is thrown and caught inside the front end:
/// a statement that cannot be lowered must not cause a second error, and the statements after it are still looked at.
/// </summary>
internal sealed class LoweringException : Exception
{
    /// <summary>Made anew each time, so that stack traces stay true while debugging the front end.</summary>
    public LoweringException() : base("The statement cannot be lowered; its error is reported.")
    {
    }
}
