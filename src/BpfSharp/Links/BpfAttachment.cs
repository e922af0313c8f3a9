using System.Runtime.ExceptionServices;
using BpfSharp.Loading;
using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>What became of a program when its object was attached.</summary>
public enum BpfProgramOutcome
{
    /// <summary>It is attached.</summary>
    Attached,

    /// <summary>It could not be loaded or attached, and another program does its work (<see cref="BpfProgramResult.Substitute"/>).</summary>
    Replaced,

    /// <summary>It could not be loaded or attached, and nothing does its work: it was optional.</summary>
    Failed,

    /// <summary>It would stand in for another program and was not needed, or this kernel has nothing that calls it: a function of a table that its struct does not have.</summary>
    NotNeeded,

    /// <summary>It was left alone: <see cref="BpfProgramSettings.AutoAttach"/> is off, or its section does not say where to attach it.</summary>
    Skipped,
}

/// <summary>What became of one program.</summary>
/// <param name="Program">Its name.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">Why it could not be loaded or attached; null if it could.</param>
/// <param name="Substitute">The program that does its work instead, "" if none does.</param>
public sealed record BpfProgramResult(string Program, BpfProgramOutcome Outcome, BpfException? Reason = null, string Substitute = "")
{
    /// <summary>One line: the program, what became of it, and why.</summary>
    public override string ToString() => Outcome switch
    {
        BpfProgramOutcome.Attached => $"{Program}: attached",
        BpfProgramOutcome.Replaced => $"{Program}: replaced by {Substitute}, because {Reason!.Message}",
        BpfProgramOutcome.Failed => $"{Program}: not attached, because {Reason!.Message}",
        BpfProgramOutcome.NotNeeded => $"{Program}: not needed",
        _ => $"{Program}: left alone",
    };
}

/// <summary>What <see cref="BpfObject.AttachAll"/> attached and what it did not. Disposing it detaches everything.</summary>
/// <remarks>Not thread-safe, except that it may be disposed twice.</remarks>
public sealed class BpfAttachment : IDisposable
{
    private readonly List<BpfLink> _links = [];
    private readonly Dictionary<string, BpfException> _failures = new(StringComparer.Ordinal);
    private readonly List<BpfProgramResult> _results = [];

    private BpfAttachment()
    {
    }

    /// <summary>The links, in the programs' order.</summary>
    public IReadOnlyList<BpfLink> Links => _links;

    /// <summary>What became of each program that was to be loaded.</summary>
    public IReadOnlyList<BpfProgramResult> Results => _results;

    /// <summary>Why programs were not attached or not loaded, by their names: optional ones, and those that another stands in for.</summary>
    public IReadOnlyDictionary<string, BpfException> Failures => _failures;

    /// <summary>The programs that were left alone: <see cref="BpfProgramSettings.AutoAttach"/> is off, or their section does not say where to.</summary>
    public IReadOnlyList<string> Skipped => [.. _results.Where(r => r.Outcome == BpfProgramOutcome.Skipped).Select(r => r.Program)];

    /// <summary>Whether every program that should be attached is, and none needed a stand-in.</summary>
    public bool IsComplete => _failures.Count == 0;

    /// <summary>Detaches all of them.</summary>
    public void Dispose()
    {
        foreach (BpfLink link in _links) link.Dispose();
    }

    /// <summary>One line for each program.</summary>
    public override string ToString() => string.Join(Environment.NewLine, _results);

    internal static BpfAttachment Create(BpfObject owner)
    {
        BpfAttachment attachment = new();
        try
        {
            foreach (List<BpfProgramSettings> chain in FallbackChains.Of(owner.Opened)) attachment.Attach(owner, chain);
            foreach (BpfMap map in owner.Maps)
                if (map.Table is not null) attachment.Attach(owner, new BpfStructOps(map));
        }
        catch
        {
            attachment.Dispose();
            throw;
        }

        return attachment;
    }

    /// <summary>Attaches the first of several programs that can be.</summary>
    private void Attach(BpfObject owner, List<BpfProgramSettings> chain)
    {
        List<BpfProgramSettings> failed = [];
        string attached = "";
        foreach (BpfProgramSettings settings in chain.Where(p => p.AutoLoad))
        {
            BpfProgram? program = owner.Programs.FirstOrDefault(p => p.Name == settings.Name);
            // A table's functions are attached with their table.
            if (program is { Type: ProgramType.StructOps }) continue;
            if (attached.Length > 0 || (program is null && !owner.Failures.ContainsKey(settings.Name))) _results.Add(new(settings.Name, BpfProgramOutcome.NotNeeded));
            else if (program is null ? !settings.AutoAttach : !settings.AutoAttach || !program.HasTarget) _results.Add(new(settings.Name, BpfProgramOutcome.Skipped));
            else if (TryAttach(owner, settings, program)) attached = settings.Name;
            else failed.Add(settings);
        }

        foreach (BpfProgramSettings settings in failed)
        {
            BpfException reason = _failures[settings.Name];
            if (attached.Length == 0 && chain[0].Policy == BpfProgramPolicy.Required) ExceptionDispatchInfo.Throw(reason);
            _results.Add(new(settings.Name, attached.Length > 0 ? BpfProgramOutcome.Replaced : BpfProgramOutcome.Failed, reason, attached));
        }
    }

    /// <summary>Attaches a table of functions: it is required if one of its programs is.</summary>
    private void Attach(BpfObject owner, BpfStructOps table)
    {
        BpfException? failure = null;
        bool skipped = !owner.Opened.Map(table.Name).AutoAttach;
        try
        {
            if (!skipped) _links.Add(table.Attach());
        }
        catch (BpfException e) when (table.Table!.Programs.Keys.All(p => owner.Opened.Program(p).Policy == BpfProgramPolicy.Optional))
        {
            failure = e;
        }

        foreach (string program in table.Table!.Programs.Keys.Where(p => _results.All(r => r.Program != p)))
        {
            if (failure is not null) _failures.Add(program, failure);
            _results.Add(new(program, skipped ? BpfProgramOutcome.Skipped : failure is null ? BpfProgramOutcome.Attached : BpfProgramOutcome.Failed, failure));
        }
    }

    private bool TryAttach(BpfObject owner, BpfProgramSettings settings, BpfProgram? program)
    {
        if (program is null)
        {
            _failures.Add(settings.Name, owner.Failures[settings.Name]);
            return false;
        }

        try
        {
            _links.AddRange(program.AttachToTarget());
            _results.Add(new(settings.Name, BpfProgramOutcome.Attached));
            return true;
        }
        catch (BpfException e)
        {
            _failures.Add(settings.Name, e);
            return false;
        }
    }
}
