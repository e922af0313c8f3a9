namespace BpfSharp.Kernel;

/// <summary>
/// Implemented by types with <see cref="KernelTypeAttribute"/>, to give them the members of <see cref="KernelTypeExtensions"/>. It has no members of its own.
/// </summary>
#pragma warning disable CA1040 // A constraint cannot ask for an attribute.
public interface IKernelType;
#pragma warning restore CA1040
