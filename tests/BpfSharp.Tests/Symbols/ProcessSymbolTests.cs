using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace BpfSharp.Tests.Symbols;

/// <summary>Addresses of real processes; the second source is the dynamic loader, nm, or the process itself.</summary>
public sealed partial class ProcessSymbolTests : IDisposable
{
    private const string Program = """
        #include <stdio.h>
        #include <unistd.h>
        static __attribute__((noinline)) int hidden_function(int x) { __asm__ volatile(""); return x + 1; }
        int main(void) { printf("%p\n", (void *)hidden_function); fflush(stdout); getchar(); return hidden_function(0); }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("bpfsharp-symbols-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [LinuxTheory]
    [InlineData("malloc")]
    [InlineData("getppid")]
    [InlineData("qsort")]
    [InlineData("strerror")]
    public void ExportOfALibraryIsNamed(string function)
    {
        nint libc = NativeLibrary.Load("libc.so.6");
        nint address = NativeLibrary.GetExport(libc, function);
        BpfSymbol symbol = new BpfSymbols().User(Environment.ProcessId, (ulong)address + 2);
        Assert.Equal(2ul, symbol.Offset);
        // Another name of the same function is as good; the loader says whether it is one.
        Assert.Equal(address, NativeLibrary.GetExport(libc, symbol.Name.Split('@')[0]));
        Assert.EndsWith("libc.so.6", symbol.Module, StringComparison.Ordinal);
    }

    [GccFact]
    public void FunctionOfTheFullTableIsNamed()
    {
        string program = Compile("-O1");
        Check(program, "hidden_function", [program]);
    }

    [GccFact]
    public void StrippedProgramIsShownByItsFile()
    {
        string program = Compile("-O1", "-s");
        Check(program, "", [program]);
    }

    [GccFact]
    public void ProgramThatWasDeletedIsStillNamed()
    {
        if (!Environment.IsPrivilegedProcess) return;
        string program = Compile("-O1");
        Check(program, "hidden_function", [program], started: () => File.Delete(program));
    }

    /// <summary>As in a container: the file exists only in the process's own mount namespace.</summary>
    [GccFact]
    public void FilesAreFoundInTheProcessesOwnRoot()
    {
        if (!Environment.IsPrivilegedProcess) return;
        string program = Compile("-O1"), mount = Directory.CreateDirectory(Path.Combine(_folder, "mount")).FullName;
        Check($"{mount}/inside", "hidden_function", ["unshare", "-m", "sh", "-c", $"mount -t tmpfs none {mount} && cp {program} {mount}/inside && exec {mount}/inside"]);
        Assert.Empty(Directory.EnumerateFiles(mount));
    }

    [LinuxFact]
    public unsafe void CompiledCodeIsNamedByThePerfMap()
    {
        // Memory without a file, as a run-time compiler has it; the map names two functions in it.
        void* memory = Map(null, 4096, 5, 0x22, -1, 0);
        ulong start = (ulong)memory;
        string map = $"/tmp/perf-{Environment.ProcessId}.map";
        BpfSymbols symbols = new();
        Assert.Equal((false, "[jit]"), (symbols.User(Environment.ProcessId, start).IsKnown, symbols.User(Environment.ProcessId, start).Module));
        bool existed = File.Exists(map);
        File.AppendAllText(map, $"{start:x} 20 first function\n{start + 0x20:x} 20 second function\n");
        try
        {
            Assert.Equal(new BpfSymbol(start + 0x21, "second function", 1, "[jit]"), symbols.User(Environment.ProcessId, start + 0x21));
            Assert.Equal("first function", symbols.User(Environment.ProcessId, start + 0x1f).Name);
            Assert.False(symbols.User(Environment.ProcessId, start + 0x40).IsKnown);
        }
        finally
        {
            if (!existed) File.Delete(map);
            _ = Unmap(memory, 4096);
        }
    }

    [LinuxFact]
    public void ProcessThatDoesNotExistIsUnknown()
    {
        BpfSymbols symbols = new();
        Assert.Equal("[unknown]", symbols.User(int.MaxValue, 0x1234).Label);
        symbols.Refresh();
        Assert.Equal("[unknown]", symbols.User(int.MaxValue, 0x1234).Label);
    }

    private static void Check(string module, string name, string[] command, Action? started = null)
    {
        using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        ulong address = ulong.Parse(process.StandardOutput.ReadLine()![2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        started?.Invoke();
        BpfSymbols symbols = new();
        BpfSymbol symbol = symbols.User(process.Id, address + 1);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.Equal((name, module), (symbol.Name, symbol.Module));
        if (name.Length > 0) Assert.Equal(1ul, symbol.Offset);
        // What was known stays known when the process has ended.
        Assert.Equal(symbol, symbols.User(process.Id, address + 1));
    }

    private string Compile(params string[] options)
    {
        string source = Path.Combine(_folder, "program.c"), target = Path.Combine(_folder, "program");
        File.WriteAllText(source, Program);
        using Process gcc = Process.Start("gcc", [.. options, "-o", target, source]);
        gcc.WaitForExit();
        Assert.Equal(0, gcc.ExitCode);
        return target;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static unsafe partial void* Map(void* address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static unsafe partial int Unmap(void* address, nuint length);
}

/// <summary>A fact for Linux.</summary>
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute() => Skip = OperatingSystem.IsLinux() ? null : "only Linux has /proc";
}

/// <summary>A theory for Linux.</summary>
internal sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute() => Skip = OperatingSystem.IsLinux() ? null : "only Linux has /proc";
}

/// <summary>A fact that compiles a program.</summary>
internal sealed class GccFactAttribute : FactAttribute
{
    public GccFactAttribute() => Skip = File.Exists("/usr/bin/gcc") && OperatingSystem.IsLinux() ? null : "gcc is not installed";
}
