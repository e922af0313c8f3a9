namespace BpfSharp;

/// <summary>One instruction on the way to a fault.</summary>
/// <param name="Instruction">Its index among the program's and its subprograms' instructions.</param>
/// <param name="Text">The instruction, in the kernel's words.</param>
/// <param name="State">What the verifier knew of the registers that it touched, "" if the log does not say.</param>
public readonly record struct BpfVerifierStep(int Instruction, string Text, string State);
