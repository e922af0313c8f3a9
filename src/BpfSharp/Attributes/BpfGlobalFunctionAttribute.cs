namespace BpfSharp;

/// <summary>
/// Makes a static method that programs call a global function of the object (kernel 5.6): the verifier checks it once and by itself, whatever the callers pass, instead of
/// once for each call, which helps a large function with many callers. It stays a function of its own, and a <c>freplace</c> program can take its place.
/// </summary>
/// <remarks>
/// The kernel passes such functions integers, the context and, from kernel 5.12 on, the addresses of numbers and structs (<c>in</c>, <c>ref</c>, structs by value) that
/// are in memory which programs may write: variables, values of maps, static fields that are not <c>readonly</c>. The result is an integer.
/// A fault in it ends the program, as in every function.
/// </remarks>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class BpfGlobalFunctionAttribute : Attribute
{
    /// <summary>The function's name in the object; the method's name unless set.</summary>
    public string? Name { get; set; }
}
