namespace BpfSharp.Compiler.Tests.Interpreter;

/// <summary>A piece of memory that pointers point into.</summary>
public sealed class MemoryObject(string name, int size)
{
    /// <summary>For messages.</summary>
    public string Name { get; } = name;

    public byte[] Bytes { get; } = new byte[size];

    /// <summary>The pointers stored in it, by offset.</summary>
    public Dictionary<int, Cell> Pointers { get; } = [];

    public override string ToString() => Name;
}

/// <summary>A value at run time: an integer (an i32's is sign-extended), or an object and an offset; no object is null.</summary>
public readonly record struct Cell(long Bits, MemoryObject? Object, bool IsPointer)
{
    public static Cell Integer(long bits) => new(bits, null, false);

    public static Cell Pointer(MemoryObject? target, long offset) => new(offset, target, true);
}

/// <summary>Loads and stores with all bounds checked.</summary>
public static class MemoryAccess
{
    public static Cell Load(Cell address, long offset, int size, bool pointer)
    {
        (MemoryObject memory, int start) = Range(address, offset, size);
        if (pointer)
        {
            if (memory.Pointers.TryGetValue(start, out Cell cell)) return cell;
            if (memory.Bytes.AsSpan(start, size).ContainsAnyExcept((byte)0)) throw new InterpreterException($"{memory} + {start} holds no pointer");
            return Cell.Pointer(null, 0);
        }
        for (int i = start - 7; i < start + size; i++)
        {
            if (memory.Pointers.ContainsKey(i)) throw new InterpreterException($"{memory} + {start} holds a pointer");
        }
        ulong bits = 0;
        for (int i = size - 1; i >= 0; i--) bits = (bits << 8) | memory.Bytes[start + i];
        return Cell.Integer((long)bits);
    }

    public static void Store(Cell address, long offset, int size, Cell value)
    {
        (MemoryObject memory, int start) = Range(address, offset, size);
        for (int i = start - 7; i < start + size; i++) memory.Pointers.Remove(i);
        if (value.IsPointer && value.Object is not null)
        {
            if (size != 8) throw new InterpreterException("a pointer is stored in less than 8 bytes");
            memory.Pointers[start] = value;
            value = Cell.Integer(0);
        }
        for (int i = 0; i < size; i++) memory.Bytes[start + i] = (byte)(value.Bits >> (8 * i));
    }

    public static void Copy(Cell to, Cell from, int size)
    {
        (MemoryObject target, int toStart) = Range(to, 0, size);
        (MemoryObject source, int fromStart) = Range(from, 0, size);
        Dictionary<int, Cell> moved = [];
        for (int i = 0; i < size; i++)
        {
            if (source.Pointers.TryGetValue(fromStart + i, out Cell cell)) moved[toStart + i] = cell;
        }
        byte[] bytes = source.Bytes.AsSpan(fromStart, size).ToArray();
        for (int i = toStart - 7; i < toStart + size; i++) target.Pointers.Remove(i);
        bytes.CopyTo(target.Bytes, toStart);
        foreach ((int offset, Cell cell) in moved) target.Pointers[offset] = cell;
    }

    public static byte[] Read(Cell address, int size)
    {
        (MemoryObject memory, int start) = Range(address, 0, size);
        return memory.Bytes.AsSpan(start, size).ToArray();
    }

    private static (MemoryObject Memory, int Start) Range(Cell address, long offset, int size)
    {
        if (!address.IsPointer || address.Object is null) throw new InterpreterException("an access through null or an integer");
        long start = address.Bits + offset;
        if (start < 0 || start + size > address.Object.Bytes.Length)
            throw new InterpreterException($"{size} bytes at {address.Object} + {start}, which has {address.Object.Bytes.Length}");
        return (address.Object, (int)start);
    }
}

/// <summary>IR did what the verifier would not let it do.</summary>
public sealed class InterpreterException(string message) : Exception(message);
