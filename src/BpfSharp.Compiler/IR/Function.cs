namespace BpfSharp.Compiler.IR;

/// <summary>Whether a function is inlined into its callers.</summary>
public enum InlineHint : byte
{
    /// <summary>The compiler chooses.</summary>
    Automatic,
    /// <summary>Always (<c>MethodImplOptions.AggressiveInlining</c>).</summary>
    Always,
    /// <summary>Never (<c>MethodImplOptions.NoInlining</c>), or its address is taken.</summary>
    Never,
}

/// <summary>A piece of the stack frame.</summary>
/// <param name="Index">Its number in the function.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Alignment">Bytes: 1, 2, 4 or 8.</param>
/// <param name="Name">The C# variable, for messages; "" for a temporary.</param>
public sealed record Slot(int Index, int Size, int Alignment, string Name);

/// <summary>A parameter; <see cref="Op.Parameter"/> is its value.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Name">Its C# name.</param>
public sealed record Parameter(IrType Type, string Name);

/// <summary>A program or a function that programs call.</summary>
public sealed class Function(string name)
{
    private int _nextValue;
    private int _nextBlock;

    /// <summary>The symbol's name: a C identifier, unique in the module.</summary>
    public string Name { get; } = name;

    /// <summary>The ELF section: the hook of a program (e.g. <c>xdp</c>), <c>.text</c> for the others.</summary>
    public string Section { get; set; } = ".text";

    /// <summary>Whether it is a program, which the kernel calls.</summary>
    public bool IsProgram => Section != ".text";

    /// <summary>The parameters; at most five where it is not inlined.</summary>
    public List<Parameter> Parameters { get; } = [];

    /// <summary>The result's type.</summary>
    public IrType ReturnType { get; set; } = IrType.Void;

    /// <summary>What a fault returns from the program.</summary>
    public long FaultResult { get; set; }

    /// <summary>Where behind the second parameter, the frame of an outlined loop, the end of the packet is; -1 if it is not there.</summary>
    internal int PacketEndOffset { get; set; } = -1;

    /// <summary>Where in that frame the start of the packet is; -1 if it is not there.</summary>
    internal int PacketStartOffset { get; set; } = -1;

    /// <summary>Whether it is the body of such a loop: the frame begins with the way out.</summary>
    internal bool IsLoopBody { get; set; }

    /// <summary>The bytes of each variable in that frame, by its offset.</summary>
    internal Dictionary<long, int> FrameVariables { get; } = [];

    /// <summary>The places in that frame, as offsets from and to, of which the verifier knows nothing when a round begins; null where none are.</summary>
    internal List<(int From, int To)>? Forgotten { get; set; }

    /// <summary>Whether variables in memory may hold references to places of the packet that vary.</summary>
    internal bool KeepsPacketPlaces { get; set; }

    /// <summary>Whether it is inlined.</summary>
    public InlineHint Inline { get; set; }

    /// <summary>Whether it is a function of <c>.text</c> that the verifier checks by itself, whatever its callers pass.</summary>
    public bool IsGlobal { get; set; }

    /// <summary>The BTF id of its <c>BTF_KIND_FUNC</c>, 0 if it has none.</summary>
    public int BtfTypeId { get; set; }

    /// <summary>The place of its declaration in the C# source.</summary>
    public int DebugId { get; set; }

    /// <summary>The stack slots, by index.</summary>
    public List<Slot> Slots { get; } = [];

    /// <summary>The blocks; the first is the entry and has no predecessors. After layout their order is that of the code.</summary>
    public List<Block> Blocks { get; } = [];

    /// <summary>The entry block.</summary>
    public Block Entry => Blocks[0];

    /// <summary>An upper bound of value ids, for arrays indexed by id.</summary>
    public int ValueCount => _nextValue;

    /// <summary>An upper bound of block ids, for arrays indexed by id.</summary>
    public int BlockCount => _nextBlock;

    /// <summary>Adds a block at the end.</summary>
    public Block AddBlock()
    {
        Block block = new(this, _nextBlock++);
        Blocks.Add(block);
        return block;
    }

    /// <summary>Adds a block with a given id; for the parser.</summary>
    public Block AddBlock(int id)
    {
        _nextBlock = Math.Max(_nextBlock, id + 1);
        Block block = new(this, id);
        Blocks.Add(block);
        return block;
    }

    /// <summary>Makes a value that is in no block yet.</summary>
    public Value NewValue(Op op, IrType type, params Value[] arguments)
    {
        Value value = new(_nextValue++, op, type);
        value.Arguments.AddRange(arguments);
        return value;
    }

    /// <summary>Makes a value with a given id; for the parser.</summary>
    public Value NewValue(int id, Op op, IrType type)
    {
        _nextValue = Math.Max(_nextValue, id + 1);
        return new Value(id, op, type);
    }

    /// <summary>Adds a stack slot.</summary>
    public Slot AddSlot(int size, int alignment, string name = "")
    {
        Slot slot = new(Slots.Count, size, alignment, name);
        Slots.Add(slot);
        return slot;
    }
}
