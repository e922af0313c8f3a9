using System.Globalization;
using System.Text;
using BpfSharp.Objects;

namespace BpfSharp.Loading.Core;

/// <summary>
/// What a relocation points at, in one set of types: the path of named members and array elements from the root, with where it leads.
/// The object's path is parsed from the access string; the kernel's is found by the same names.
/// </summary>
internal sealed class CoreSpec
{
    /// <summary>How many steps a path may have (<c>BPF_CORE_SPEC_MAX_LEN</c>).</summary>
    public const int MaximumLength = 64;

    private readonly CoreStep[] _steps = new CoreStep[MaximumLength + 1];

    /// <summary>The types.</summary>
    public RawBtf Btf { get; private set; } = null!;

    /// <summary>The type that the path starts from.</summary>
    public uint RootId { get; private set; }

    /// <summary>The steps that mean something: named members and array elements.</summary>
    public ReadOnlySpan<CoreStep> Steps => _steps.AsSpan(0, Length);

    /// <summary>The number of <see cref="Steps"/>.</summary>
    public int Length { get; private set; }

    /// <summary>The number of steps with those through anonymous members.</summary>
    public int Depth { get; set; }

    /// <summary>Bits from the root's start.</summary>
    public uint BitOffset { get; set; }

    /// <summary>What it is, in words: <c>struct task_struct.real_parent</c>.</summary>
    public string Asked => $"{Btf[Btf.Resolve(RootId)].KindName} {this}";

    /// <summary>Begins a new path.</summary>
    public void Start(RawBtf btf, uint rootId) => (Btf, RootId, Length, Depth, BitOffset) = (btf, rootId, 0, 0, 0);

    /// <summary>Adds a step.</summary>
    public void Add(uint typeId, int index, uint name)
    {
        if (Length == MaximumLength) throw new CoreException("the path has too many steps");
        _steps[Length++] = new(typeId, index, name);
    }

    /// <summary>Takes the last step away.</summary>
    public void Pop() => Length--;

    /// <summary>Parses the path of a relocation of the object.</summary>
    /// <exception cref="CoreException">The path does not fit the type.</exception>
    public void Parse(RawBtf btf, CoreRelocationSpec relocation)
    {
        uint root = (uint)relocation.TypeId;
        Start(btf, root);
        if (relocation.Kind.IsType())
        {
            if (relocation.Access != "0") throw new CoreException($"the access path '{relocation.Access}' is for no type");
            return;
        }

        Span<int> path = stackalloc int[MaximumLength];
        path = path[..ParsePath(relocation.Access, path)];
        uint id = btf.Resolve(root);
        RawType type = btf[id];
        if (relocation.Kind.IsEnumValue())
        {
            if (!type.IsEnum || path.Length > 1 || path[0] >= type.Count) throw new CoreException($"the access path '{relocation.Access}' is for no value of the enum");
            Add(id, path[0], type.ValueName(path[0]));
            return;
        }

        Add(id, path[0], 0);
        BitOffset = unchecked((uint)path[0] * (uint)SizeOf(id) * 8);
        Depth = path.Length;
        for (int i = 1; i < path.Length; i++) id = Follow(id, path[i], relocation.Access);
    }

    /// <summary>Bytes of a type of these.</summary>
    /// <exception cref="CoreException">It has none.</exception>
    public long SizeOf(uint id) => Btf.SizeOf(id) is >= 0 and var size ? size : throw new CoreException($"type {id} of {Btf.Name} has no size");

    /// <summary>Whether an array is the flexible one at the end of the struct that the last step is in.</summary>
    public bool IsFlexible(RawType array) => Length > 0 && Btf.IsFlexible(_steps[Length - 1], array);

    /// <summary>The path in words: <c>task_struct.real_parent</c>.</summary>
    public override string ToString()
    {
        StringBuilder text = new(Btf.TextAt(Btf[RootId].NameOffset));
        for (int i = 0; i < Length; i++)
        {
            if (_steps[i].Name != 0) text.Append('.').Append(Btf.TextAt(_steps[i].Name));
            else if (i > 0 || _steps[i].Index > 0) text.Append(CultureInfo.InvariantCulture, $"[{_steps[i].Index}]");
        }

        return text.ToString();
    }

    private uint Follow(uint id, int index, string access)
    {
        id = Btf.Resolve(id);
        RawType type = Btf[id];
        if (type.IsComposite)
        {
            if (index >= type.Count) throw new CoreException($"the access path '{access}' names a member that the type does not have");
            BitOffset = unchecked(BitOffset + type.MemberBitOffset(index));
            if (type.MemberName(index) != 0) Add(id, index, type.MemberName(index));
            return type.MemberType(index);
        }

        if (type.Kind != RawType.Array) throw new CoreException($"the access path '{access}' goes through a {type.KindName}");
        uint element = Btf.Resolve(type.ElementTypeId);
        if (!IsFlexible(type) && (uint)index >= type.ElementCount) throw new CoreException($"the access path '{access}' leaves an array");
        Add(element, index, 0);
        BitOffset = unchecked(BitOffset + ((uint)index * (uint)SizeOf(element) * 8));
        return element;
    }

    private static int ParsePath(string access, Span<int> path)
    {
        int count = 0;
        foreach (Range part in access.AsSpan().Split(':'))
        {
            if (count == path.Length) throw new CoreException("the access path has too many steps");
            if (!int.TryParse(access.AsSpan()[part], NumberStyles.None, CultureInfo.InvariantCulture, out path[count++]))
                throw new CoreException($"the access path '{access}' is malformed");
        }

        return count;
    }
}

/// <summary>One step of a path.</summary>
/// <param name="TypeId">The struct, union or enum that it is in; for array elements the element's type.</param>
/// <param name="Index">The member's, value's or element's index.</param>
/// <param name="Name">Where the member's or value's name stands, 0 for array elements.</param>
internal readonly record struct CoreStep(uint TypeId, int Index, uint Name);

/// <summary>A relocation cannot be resolved at all (a missing target is no such case). The message becomes part of a sentence.</summary>
internal sealed class CoreException(string message) : Exception(message);
