namespace BpfSharp.Analyzers.Generator;

/// <summary>The full names of the types of the library that the generator looks for.</summary>
internal static class KernelNames
{
    public const string ObjectAttribute = "BpfSharp.BpfObjectAttribute";
    public const string MapAttribute = "BpfSharp.BpfMapAttribute";
    public const string ProgramAttribute = "BpfSharp.BpfProgramAttribute";
    public const string TailCallAttribute = "BpfSharp.BpfTailCallAttribute";
    public const string MapTypeAttribute = "BpfSharp.Kernel.Metadata.KernelMapTypeAttribute";
    public const string ContextAttribute = "BpfSharp.Kernel.Metadata.KernelContextAttribute";
}
