using System.Runtime.InteropServices;
using BpfSharp;
using BpfSharp.Interop;
using BpfSharp.Loading;
using BpfSharp.Objects;

// The counterpart of build/interop/driver.c: loads each program of the objects given, one at a time, and prints what came of it:
//   OBJECT <tab> PROGRAM <tab> ok|ERRNO <tab> INSTRUCTIONS(hex) <tab> MESSAGE <tab> INSTRUCTIONS THAT HOLD IDS OF THE OBJECT'S TYPES
// With -b FILE: relocates against the types in FILE. With --compare OURS LIBBPF: compares two such outputs.
if (args is ["--compare", var mine, var theirs]) return ResultComparison.Run(mine, theirs);
string? types = null;
int first = 0;
for (; first < args.Length && args[first].StartsWith('-'); first++)
{
    if (args[first] == "-b") types = args[++first];
}

foreach (string path in args.Skip(first))
{
    string name = Path.GetFileName(path);
    int count = 1;
    for (int i = 0; i < count; i++)
    {
        BpfOpenObject open;
        try
        {
            open = BpfObjectFile.Open(path);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Console.WriteLine($"{name}\t-\topen\t\t{e.GetType().Name} {OneLine(e.Message)}");
            break;
        }

        BpfProgramSettings[] programs = [.. open.Programs];
        count = programs.Length;
        if (count == 0)
        {
            Console.WriteLine($"{name}\t-\tempty\t\t");
            break;
        }

        for (int j = 0; j < count; j++) programs[j].AutoLoad = i == j;
        string code = "", ids = "";
        BpfLoadOptions options = new() { KernelTypes = types, LinkedSink = (_, linked) => (code, ids) = (Hex(linked), LocalIds(linked)) };
        try
        {
            using BpfObject loaded = open.Load(options);
            Console.WriteLine($"{name}\t{programs[i].Name}\tok\t{code}\t\t{ids}");
        }
        catch (BpfException e)
        {
            Console.WriteLine($"{name}\t{programs[i].Name}\t{e.ErrorNumber}\t{code}\t{OneLine(e.Message)}\t{ids}");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Console.WriteLine($"{name}\t{programs[i].Name}\tcrash\t\t{e.GetType().Name} {OneLine(e.ToString())}");
        }
    }
}

return 0;

static string Hex(LinkedProgram linked) => Convert.ToHexStringLower(MemoryMarshal.AsBytes(linked.Instructions.AsSpan()));

static string LocalIds(LinkedProgram linked) => string.Join(',', linked.Functions.SelectMany(static f =>
    f.Function.CoreRelocations.Where(static r => r.Kind == CoreRelocationKind.TypeIdLocal).Select(r => f.Start + r.Index)));

static string OneLine(string text) => text.ReplaceLineEndings(" ").Replace('\t', ' ');
