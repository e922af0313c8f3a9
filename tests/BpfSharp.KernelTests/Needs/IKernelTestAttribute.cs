namespace BpfSharp.KernelTests;

/// <summary>A test attribute that carries what the test needs of the kernel.</summary>
public interface IKernelTestAttribute
{
    /// <summary>What the test needs.</summary>
    Requirement Requirement { get; }
}
