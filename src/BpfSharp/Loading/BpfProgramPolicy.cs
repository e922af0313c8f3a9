namespace BpfSharp;

/// <summary>What follows if one program of an object cannot be loaded or attached.</summary>
public enum BpfProgramPolicy
{
    /// <summary>Loading or attaching the object fails, unless another program stands in (<see cref="BpfProgramSettings.FallbackOf"/>).</summary>
    Required,

    /// <summary>The object goes on without it; <see cref="BpfObject.AttachAll"/>'s outcome says so.</summary>
    Optional,
}
