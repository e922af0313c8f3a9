using BpfSharp.Loading.Core;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Loading;

/// <summary>
/// CO-RE: offsets, sizes and existence of the running kernel's types, filled into an object's functions. Each function is
/// relocated once, however many programs call it.
/// </summary>
internal sealed class CoreRelocations(LoadedBtf local, ICoreTarget target)
{
    private readonly Dictionary<FunctionSpec, RelocatedFunction> _functions = new(ReferenceEqualityComparer.Instance);
    private CoreRelocator? _relocator;

    /// <summary>A function's instructions with its relocations applied.</summary>
    /// <exception cref="BpfException">A relocation is malformed, or ambiguous in this kernel.</exception>
    public RelocatedFunction Apply(FunctionSpec function)
    {
        if (function.CoreRelocations.IsEmpty) return new(function.Instructions.AsSpan().ToArray(), []);
        if (_functions.TryGetValue(function, out RelocatedFunction? known)) return known;
        Instruction[] code = [.. function.Instructions];
        List<(int, MissingMember)> missing = [];
        foreach (CoreRelocationSpec relocation in function.CoreRelocations)
        {
            if (Apply(function, relocation, code) is { } why) missing.Add((relocation.Index, why));
        }

        RelocatedFunction result = new(code, missing);
        _functions.Add(function, result);
        return result;
    }

    private MissingMember? Apply(FunctionSpec function, CoreRelocationSpec relocation, Instruction[] code)
    {
        try
        {
            _relocator ??= new CoreRelocator(local.Raw ?? throw new CoreException("the object has no types"), target);
            CoreResult result = _relocator.Resolve(relocation);
            return CorePatch.Apply(code, relocation.Index, result) is { } why ? new($"'{_relocator.Asked}' {why.Problem} in {target.Description}", why.Fix) : null;
        }
        catch (Exception e) when (e is CoreException or ObjectFormatException)
        {
            string place = LinkedProgram.LineAt(function, relocation.Index) is { } line ? $" at {line.File}:{line.Line} (`{line.Text.Trim()}`)" : $" at instruction {relocation.Index}";
            string asked = e is CoreException && _relocator is not null ? $" ({relocation.Kind}) of '{_relocator.Asked}'" : $" ({relocation.Kind})";
            throw new BpfException($"cannot load '{function.Name}': the CO-RE relocation{asked}{place} cannot be resolved against {target.Description}: {e.Message}", e);
        }
    }
}

/// <summary>A function's instructions for this kernel.</summary>
/// <param name="Instructions">The instructions.</param>
/// <param name="Missing">Instructions that must not run, because what they need is not in this kernel, with what that is.</param>
internal sealed record RelocatedFunction(Instruction[] Instructions, IReadOnlyList<(int Index, MissingMember What)> Missing);

/// <summary>What an instruction that must not run asks this kernel for in vain.</summary>
/// <param name="What">What it is, and what is wrong with it in this kernel.</param>
/// <param name="Fix">What to do about it.</param>
internal sealed record MissingMember(string What, string Fix);
