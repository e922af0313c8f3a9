using BpfSharp.Loading;
using BpfSharp.Loading.Core;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Cli;

/// <summary>What an object's CO-RE relocations ask for, in words.</summary>
internal sealed class CoreQuestions(ObjectSource source) : IDisposable
{
    private readonly RawBtf? _types = source.Spec.Btf is { } types ? new(NativeBytes.Copy(BtfWriter.Write(types)), source.Name) : null;
    private readonly CoreSpec _spec = new();

    /// <summary>What a relocation asks for: <c>struct task_struct.real_parent</c>; its numbers where they fit no type.</summary>
    public string Asked(CoreRelocationSpec relocation)
    {
        try
        {
            if (_types is not null)
            {
                _spec.Parse(_types, relocation);
                return _spec.Asked;
            }
        }
        catch (Exception e) when (e is CoreException or ObjectFormatException)
        {
            // A malformed one is shown as it is.
        }

        return $"type {relocation.TypeId} {relocation.Access}";
    }

    /// <inheritdoc/>
    public void Dispose() => _types?.Dispose();
}
