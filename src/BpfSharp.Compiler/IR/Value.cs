using BpfSharp.Objects;

namespace BpfSharp.Compiler.IR;

/// <summary>An operation in a block, and its result.</summary>
public sealed class Value
{
    internal Value(int id, Op op, IrType type)
    {
        Id = id;
        Op = op;
        Type = type;
    }

    /// <summary>Unique in its function.</summary>
    public int Id { get; }

    /// <summary>The operation. Passes that change it keep type and arguments consistent; the checker tells.</summary>
    public Op Op { get; set; }

    /// <summary>The result's type.</summary>
    public IrType Type { get; set; }

    /// <summary>The arguments.</summary>
    public List<Value> Arguments { get; } = [];

    /// <summary>The block it is in; null once it is removed.</summary>
    public Block? Block { get; internal set; }

    /// <summary>The constant, byte offset, size or number that the operation needs.</summary>
    public long Immediate { get; set; }

    /// <summary>The map, global or function that the operation names.</summary>
    public string? Symbol { get; set; }

    /// <summary>The width of a memory access.</summary>
    public Access Access { get; set; }

    /// <summary>
    /// What the addresses of a memory access are multiples of, where the type that is accessed says so; 0 is the width of a load or store, and unknown
    /// for a copy and a zeroing.
    /// </summary>
    public int Alignment { get; set; }

    /// <summary>The CO-RE relocation of the offset or constant, if it has one.</summary>
    public CoreAccess? Core { get; set; }

    /// <summary>The place in the C# source that it comes from: an index into the positions kept beside the module; 0 is none.</summary>
    public int DebugId { get; set; }

    /// <summary>The C# variable that it is the value of, for messages.</summary>
    public string? Name { get; set; }

    /// <summary>Whether it is an integer constant of value <paramref name="value"/>.</summary>
    public bool IsConst(long value) => Op == Op.Const && Core is null && Immediate == value;

    /// <inheritdoc/>
    public override string ToString() => $"%{Id} {Op.Name()}";
}

/// <summary>A CO-RE relocation: the offset, size, existence … of a member of a kernel type (<c>struct bpf_core_relo</c>).</summary>
/// <param name="TypeId">The local type's BTF id.</param>
/// <param name="Access">The access string, e.g. <c>0:1:2</c>.</param>
/// <param name="Kind">What is asked.</param>
public sealed record CoreAccess(int TypeId, string Access, CoreRelocationKind Kind);
