namespace BpfSharp;

/// <summary>What <see cref="BpfObject.AttachAll"/> attached and what it did not. Disposing it detaches everything.</summary>
public sealed class BpfAttachment : IDisposable
{
    private readonly List<BpfLink> _links = [];
    private readonly Dictionary<string, BpfException> _failures = new(StringComparer.Ordinal);
    private readonly List<string> _skipped = [];

    private BpfAttachment()
    {
    }

    /// <summary>The links, in the programs' order.</summary>
    public IReadOnlyList<BpfLink> Links => _links;

    /// <summary>Why optional programs were not attached (or not loaded), by their names.</summary>
    public IReadOnlyDictionary<string, BpfException> Failures => _failures;

    /// <summary>The programs that were left alone: <see cref="BpfProgramSettings.AutoAttach"/> is off, or their section does not say where to.</summary>
    public IReadOnlyList<string> Skipped => _skipped;

    /// <summary>Whether every program that should be attached is.</summary>
    public bool IsComplete => _failures.Count == 0;

    /// <summary>Detaches all of them.</summary>
    public void Dispose()
    {
        foreach (BpfLink link in _links) link.Dispose();
    }

    internal static BpfAttachment Create(BpfObject owner)
    {
        BpfAttachment attachment = new();
        foreach ((string name, BpfException failure) in owner.Failures) attachment._failures.Add(name, failure);
        try
        {
            foreach (BpfProgram program in owner.Programs) attachment.Attach(program);
        }
        catch
        {
            attachment.Dispose();
            throw;
        }

        return attachment;
    }

    private void Attach(BpfProgram program)
    {
        if (!program.Settings.AutoAttach || !program.CanAttachByItself)
        {
            _skipped.Add(program.Name);
            return;
        }

        try
        {
            _links.Add(program.Attach());
        }
        catch (BpfException e) when (program.Settings.Policy == BpfProgramPolicy.Optional)
        {
            _failures.Add(program.Name, e);
        }
    }
}
