using BpfSharp.Benchmarks.Build;
using BpfSharp.Benchmarks.Code;
using BpfSharp.Benchmarks.Runtime;

// Each suite compares with a peer in the same run and ends with a line "RATIO suite …": ours divided by the peer's, lower is better.
Dictionary<string, Func<int>> suites = new()
{
    ["code"] = CodeSuite.Run,
    ["build"] = BuildSuite.Run,
    ["maps"] = MapSuite.Run,
    ["ring"] = RingSuite.Run,
    ["load"] = LoadSuite.Run,
    ["start"] = StartSuite.Run,
};

if (args.Length == 0 || args.Any(a => !suites.ContainsKey(a)))
{
    Console.Error.WriteLine($"usage: BpfSharp.Benchmarks SUITE…   suites: {string.Join(", ", suites.Keys)}");
    return 2;
}
return args.Select(a =>
{
    int result = suites[a]();
    CpuPinning.Pin(-1);
    return result;
}).Max();
