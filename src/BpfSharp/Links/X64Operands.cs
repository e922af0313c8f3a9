namespace BpfSharp.Links;

/// <summary>Operands of x86-64 as AT&amp;T's syntax has them, without spaces.</summary>
internal static class X64Operands
{
    private const int InstructionPointer = 128;

    /// <summary>Where <c>struct pt_regs</c> has each register, with the names of its parts.</summary>
    private static readonly Dictionary<string, int> s_registers = Registers();

    /// <summary>Reads an operand; null if it is in none of the forms.</summary>
    public static UsdtArgument? Parse(string text, UsdtSite site)
    {
        if (text.StartsWith('$')) return UsdtArguments.Number(text[1..]) is { } constant ? new(UsdtArgumentKind.Constant, 0, false, constant) : null;
        if (text.StartsWith('%')) return s_registers.TryGetValue(text[1..], out int register) ? new(UsdtArgumentKind.Register, 0, false, 0, register) : null;
        int open = text.IndexOf('(', StringComparison.Ordinal);
        if (open < 0 || !text.EndsWith(')')) return null;
        string displacement = text[..open];
        string[] parts = text[(open + 1)..^1].Split(',');
        if (parts is ["%rip"]) return Relative(displacement, site);
        long offset = 0;
        if (displacement.Length > 0)
        {
            if (UsdtArguments.Number(displacement) is not { } number) return null;
            offset = number;
        }

        if (parts.Length == 1) return Register(parts[0]) is { } only ? new(UsdtArgumentKind.Memory, 0, false, offset, only) : null;
        if (parts.Length > 3 || Register(parts[1]) is not { } index) return null;
        int scale = parts.Length == 2 ? 0 : parts[2] switch { "1" => 0, "2" => 1, "4" => 2, "8" => 3, _ => -1 };
        if (scale < 0) return null;
        if (parts[0].Length > 0) return Register(parts[0]) is { } first ? new(UsdtArgumentKind.ScaledMemory, 0, false, offset, first, index, scale) : null;
        // Without a first register: only where the second one is not scaled it is that.
        return scale == 0 ? new(UsdtArgumentKind.Memory, 0, false, offset, index) : null;
    }

    /// <summary>A variable of the program (<c>name(%rip)</c>, <c>name+4(%rip)</c>, <c>4+name(%rip)</c>): it is as far from the probe as the linker put it.</summary>
    private static UsdtArgument? Relative(string text, UsdtSite site)
    {
        int split = text.LastIndexOfAny(['+', '-']);
        string name = text;
        long more = 0;
        if (UsdtArguments.Number(text) is not null) return null;
        if (split > 0 && UsdtArguments.Number(text[(text[split] == '+' ? split + 1 : split)..]) is { } behind) (name, more) = (text[..split], behind);
        else if (split > 0 && UsdtArguments.Number(text[..split]) is { } before && text[split] == '+') (name, more) = (text[(split + 1)..], before);
        ulong address = site.Symbol(name) ?? throw new BpfException($"an argument of a static probe is the variable '{name}', which the program's symbol table does not name ({site.Place.Arguments}); is it stripped?");
        return new(UsdtArgumentKind.Memory, 0, false, (long)(address - site.Address) + more, InstructionPointer);
    }

    private static int? Register(string name) => name.StartsWith('%') && s_registers.TryGetValue(name[1..], out int place) ? place : null;

    private static Dictionary<string, int> Registers()
    {
        Dictionary<string, int> places = new(StringComparer.Ordinal) { ["rip"] = InstructionPointer };
        foreach ((string names, int place) in new[]
        {
            ("rbp ebp bp bpl", 32), ("rbx ebx bx bl", 40), ("rax eax ax al", 80), ("rcx ecx cx cl", 88), ("rdx edx dx dl", 96),
            ("rsi esi si sil", 104), ("rdi edi di dil", 112), ("rsp esp sp spl", 152),
        })
        {
            foreach (string name in names.Split(' ')) places.Add(name, place);
        }

        // From the fifteenth down to the twelfth in front of rbp, from the eleventh down to the eighth behind rbx.
        for (int i = 8; i <= 15; i++)
            foreach (string suffix in new[] { "", "d", "w", "b" }) places.Add($"r{i}{suffix}", (15 - i) * 8 + (i < 12 ? 16 : 0));
        return places;
    }
}
