namespace BpfSharp;

/// <summary>
/// Marks a partial class whose maps, globals and programs become one eBPF object. The build compiles it and adds
/// <c>Open</c>, <c>Load</c>, <c>Maps</c>, <c>Programs</c> and <c>Globals</c> to the class.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class BpfObjectAttribute : Attribute
{
    /// <summary>
    /// The licence string of the object (its <c>license</c> section). Some helpers of the kernel are only for programs under a licence
    /// that is compatible with the GPL, such as <c>GPL</c> or <c>Dual MIT/GPL</c>.
    /// </summary>
    public string License { get; set; } = "";

    /// <summary>
    /// Whether each program counts its faults (an index out of range, a division by zero, …), to be read as <see cref="BpfProgram.Faults"/>. A fault then
    /// costs an atomic addition; without it, and where no fault happens, nothing.
    /// </summary>
    public bool CountFaults { get; set; }

    /// <summary>
    /// The oldest kernel that must take this object, such as <c>6.1</c>, where it is another than the project's <c>BpfMinimumKernel</c>: an object that uses
    /// what newer kernels have stands beside others that run everywhere.
    /// </summary>
    public string MinimumKernel { get; set; } = "";
}
