using BpfSharp.EmitObjects;

// Usage: BpfSharp.EmitObjects <assembly> <folder>. Writes each object of the assembly to the folder and prints the files' paths.
if (args.Length != 2)
{
    Console.Error.WriteLine("usage: BpfSharp.EmitObjects <assembly> <folder>");
    return 2;
}

try
{
    foreach ((string name, byte[] bytes) in EmbeddedObjects.Read(args[0]))
    {
        string path = Path.Combine(args[1], name + ".bpf.o");
        File.WriteAllBytes(path, bytes);
        Console.WriteLine(path);
    }

    return 0;
}
catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or BadImageFormatException)
{
    Console.Error.WriteLine($"BpfSharp.EmitObjects: error : {exception.Message}");
    return 1;
}
