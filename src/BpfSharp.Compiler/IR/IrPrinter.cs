namespace BpfSharp.Compiler.IR;

/// <summary>
/// Writes a module as text. The text is complete: <see cref="IrParser"/> makes an equal module of it, which prints as the same text,
/// so texts are compared where modules have to be.
/// </summary>
public static partial class IrPrinter
{
    /// <summary>The text of a module.</summary>
    public static string Print(Module module)
    {
        IrWriter writer = new();
        writer.Raw("license ").Quoted(module.License).Raw('\n');
        if (module.MinimumKernel is var (major, minor)) writer.Number("kernel ", major).Number(" ", minor).Raw('\n');
        for (int i = 0; i < module.Types.Count; i++) Write(writer, i + 1, module.Types[i]);
        foreach (Objects.MapSpec map in module.Maps)
        {
            writer.Raw("map");
            Write(writer, map);
            if (module.MapDebugIds.TryGetValue(map.Name, out int place)) writer.Number(" debug ", place);
            writer.Raw('\n');
        }
        foreach (Global global in module.Globals) Write(writer, global);
        foreach (Function function in module.Functions) Write(writer, function, null, null);
        return writer.ToString();
    }

    /// <summary>The text of a function.</summary>
    /// <param name="function">The function.</param>
    /// <param name="renumber">
    /// Whether blocks and values get the numbers of their places, for texts that do not depend on how often passes made new ones.
    /// </param>
    public static string Print(Function function, bool renumber = false)
    {
        IrWriter writer = new();
        if (!renumber)
        {
            Write(writer, function, null, null);
            return writer.ToString();
        }
        int[] values = new int[function.ValueCount];
        int[] blocks = new int[function.BlockCount];
        int value = 0;
        for (int b = 0; b < function.Blocks.Count; b++)
        {
            blocks[function.Blocks[b].Id] = b;
            foreach (Value v in function.Blocks[b].Values)
            {
                if (v.Type.Kind != TypeKind.Void) values[v.Id] = value++;
            }
        }
        Write(writer, function, values, blocks);
        return writer.ToString();
    }

    private static void Write(IrWriter writer, Function function, int[]? values, int[]? blocks)
    {
        writer.Raw("function ").Symbol(function.Name);
        if (function.Section != ".text") writer.Raw(" section ").Quoted(function.Section);
        if (function.ReturnType != IrType.Void) writer.Raw(" returns ").Raw(IrText.Name(function.ReturnType));
        if (function.FaultResult != 0) writer.Number(" fault ", function.FaultResult);
        if (function.IsGlobal) writer.Raw(" global");
        if (function.Inline != InlineHint.Automatic) writer.Raw(" inline ").Raw(IrText.InlineNames[(int)function.Inline]);
        if (function.BtfTypeId != 0) writer.Number(" btf ", function.BtfTypeId);
        if (function.DebugId != 0) writer.Number(" debug ", function.DebugId);
        writer.Raw(" (");
        for (int i = 0; i < function.Parameters.Count; i++)
        {
            if (i > 0) writer.Raw(", ");
            writer.Raw(IrText.Name(function.Parameters[i].Type)).Raw(' ').Quoted(function.Parameters[i].Name);
        }
        writer.Raw(") {\n");
        foreach (Slot slot in function.Slots)
        {
            writer.Number("  slot ", slot.Index).Number(" size ", slot.Size).Number(" align ", slot.Alignment);
            if (slot.Name.Length > 0) writer.Raw(' ').Quoted(slot.Name);
            writer.Raw('\n');
        }
        foreach (Block block in function.Blocks)
        {
            WriteBlockName(writer, block, blocks);
            writer.Raw(':');
            WriteBlocks(writer, block.Predecessors, blocks);
            writer.Raw('\n');
            foreach (Value value in block.Values) Write(writer, value, values, blocks);
        }
        writer.Raw("}\n");
    }

    private static void Write(IrWriter writer, Value value, int[]? values, int[]? blocks)
    {
        writer.Raw("  ");
        if (value.Type.Kind != TypeKind.Void)
        {
            WriteValueName(writer, value, values);
            writer.Raw(" = ").Raw(value.Op.Name()).Raw(' ').Raw(IrText.Name(value.Type));
        }
        else
        {
            writer.Raw(value.Op.Name());
        }
        for (int i = 0; i < value.Arguments.Count; i++)
        {
            writer.Raw(i == 0 ? " " : ", ");
            WriteValueName(writer, value.Arguments[i], values);
        }
        if (value.Access != Access.None) writer.Raw(' ').Raw(IrText.AccessNames[(int)value.Access]);
        if (value.Immediate != 0) writer.Number(" #", value.Immediate);
        if (value.Alignment != 0) writer.Number(" align ", value.Alignment);
        if (value.Symbol is { } symbol) writer.Raw(' ').Symbol(symbol);
        if (value.Core is { } core) writer.Number(" core(", core.TypeId).Raw(' ').Quoted(core.Access).Number(" ", (long)core.Kind).Raw(')');
        if (value.Op.Has(OpTraits.Terminator) && value.Block is { Successors.Count: > 0 } block)
        {
            writer.Raw(" ->");
            WriteBlocks(writer, block.Successors, blocks);
        }
        if (value.Name is { } name) writer.Raw(' ').Quoted(name);
        if (value.DebugId != 0) writer.Number(" !", value.DebugId);
        writer.Raw('\n');
    }

    private static void WriteValueName(IrWriter writer, Value value, int[]? values) =>
        writer.Raw('%').Number(values is null ? value.Id : values[value.Id]);

    private static void WriteBlockName(IrWriter writer, Block block, int[]? blocks) =>
        writer.Raw('b').Number(blocks is null ? block.Id : blocks[block.Id]);

    private static void WriteBlocks(IrWriter writer, List<Block> list, int[]? blocks)
    {
        for (int i = 0; i < list.Count; i++)
        {
            writer.Raw(i == 0 ? " " : ", ");
            WriteBlockName(writer, list[i], blocks);
        }
    }
}
