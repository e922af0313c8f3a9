namespace BpfSharp.Kernel;

/// <summary>The body of <see cref="Bpf.Loop{TState}(uint, ref TState, LoopBody{TState})"/>.</summary>
/// <typeparam name="TState">The type of what the body works on.</typeparam>
/// <param name="index">How many times it ran before.</param>
/// <param name="state">What it works on.</param>
/// <returns>Whether to go on.</returns>
public delegate bool LoopBody<TState>(uint index, ref TState state)
    where TState : unmanaged;
