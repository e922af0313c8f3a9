namespace BpfSharp.Oracle.Bundles;

/// <summary>A variable of a program: where it is, and which of its bytes are no padding.</summary>
internal sealed record BundledGlobal(string Name, string Section, int Offset, (int Start, int Length)[] Parts);

/// <summary>A compiled program and what .NET made of it: all that is needed to check it on another machine.</summary>
/// <param name="Seed">The seed of the program and of its packets.</param>
/// <param name="Kernel">The oldest kernel that it was compiled for.</param>
/// <param name="Object">The object file.</param>
/// <param name="Globals">Its variables by name.</param>
/// <param name="Runs">For each packet the program's result, and a hash of the packet that it left.</param>
/// <param name="State">A hash of the maps and variables behind the last run.</param>
internal sealed record BundledProgram(ulong Seed, (int Major, int Minor) Kernel, byte[] Object, BundledGlobal[] Globals, (uint Result, ulong Packet)[] Runs, ulong State)
{
    /// <summary>A number that stands for a text.</summary>
    public static ulong Hash(string text)
    {
        ulong hash = 0xCBF2_9CE4_8422_2325;
        foreach (char c in text) hash = (hash ^ c) * 0x0000_0100_0000_01B3;
        return hash;
    }

    /// <summary>A number that stands for bytes.</summary>
    public static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        ulong hash = 0xCBF2_9CE4_8422_2325;
        foreach (byte b in bytes) hash = (hash ^ b) * 0x0000_0100_0000_01B3;
        return hash;
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(Seed);
        writer.Write(Kernel.Major);
        writer.Write(Kernel.Minor);
        writer.Write(Object.Length);
        writer.Write(Object);
        writer.Write(Globals.Length);
        foreach (BundledGlobal global in Globals)
        {
            writer.Write(global.Name);
            writer.Write(global.Section);
            writer.Write(global.Offset);
            writer.Write(global.Parts.Length);
            foreach ((int start, int length) in global.Parts)
            {
                writer.Write(start);
                writer.Write(length);
            }
        }
        writer.Write(Runs.Length);
        foreach ((uint result, ulong packet) in Runs)
        {
            writer.Write(result);
            writer.Write(packet);
        }
        writer.Write(State);
    }

    public static BundledProgram Read(BinaryReader reader)
    {
        ulong seed = reader.ReadUInt64();
        (int, int) kernel = (reader.ReadInt32(), reader.ReadInt32());
        byte[] bytes = reader.ReadBytes(reader.ReadInt32());
        BundledGlobal[] globals = new BundledGlobal[reader.ReadInt32()];
        for (int i = 0; i < globals.Length; i++)
        {
            (string name, string section, int offset) = (reader.ReadString(), reader.ReadString(), reader.ReadInt32());
            var parts = new (int, int)[reader.ReadInt32()];
            for (int k = 0; k < parts.Length; k++) parts[k] = (reader.ReadInt32(), reader.ReadInt32());
            globals[i] = new BundledGlobal(name, section, offset, parts);
        }
        var runs = new (uint, ulong)[reader.ReadInt32()];
        for (int i = 0; i < runs.Length; i++) runs[i] = (reader.ReadUInt32(), reader.ReadUInt64());
        return new BundledProgram(seed, kernel, bytes, globals, runs, reader.ReadUInt64());
    }

    /// <summary>The programs of a file that <see cref="Write"/> wrote them to, one after the other.</summary>
    public static IEnumerable<BundledProgram> ReadAll(string path)
    {
        using BinaryReader reader = new(File.OpenRead(path));
        while (reader.BaseStream.Position < reader.BaseStream.Length) yield return Read(reader);
    }
}
