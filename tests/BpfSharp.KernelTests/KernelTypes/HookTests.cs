using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfSharp.KernelTests.KernelTypes;

/// <summary>Programs with typed parameters, at every kind of hook that has arguments: what they saw is compared with what this process did.</summary>
public sealed partial class HookTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), "bpfsharp-" + Guid.NewGuid().ToString("n"));
    private readonly ulong _inode;

    public HookTests()
    {
        File.WriteAllText(_file, "content");
        _inode = ulong.Parse(Command.Run("stat", ["-c", "%i", _file]).Trim(), CultureInfo.InvariantCulture);
    }

    public void Dispose() => File.Delete(_file);

    [KernelFact(Needs = KernelNeeds.FentryFexit)]
    public void FunctionsBegunAndEnded()
    {
        using TypedHooks hooks = TypedHooks.Open(o => (o.Constants.Process, o.Constants.Inode) = ((uint)Environment.ProcessId, _inode)).Load();
        using BpfAttachment attached = hooks.AttachAll();
        File.ReadAllText(_file);
        Check(hooks.Globals.Entry, 0);
        Check(hooks.Globals.Exit, 0);

    }

    [KernelFact(Needs = KernelNeeds.Kprobes)]
    public void FunctionsAndSystemCallsProbed()
    {
        using ProbeHooks hooks = ProbeHooks.Open(o => (o.Constants.Process, o.Constants.Inode) = ((uint)Environment.ProcessId, _inode)).Load();
        using BpfAttachment attached = hooks.AttachAll();
        using (FileStream opened = File.OpenRead(_file))
        {
            Check(hooks.Globals.Entry, 0);
            Assert.True(hooks.Globals.Results > 0);
            Assert.Equal(0, hooks.Globals.LastResult);
            Assert.Equal(-100, hooks.Globals.Descriptor); // AT_FDCWD
            Assert.Equal(0x80000, hooks.Globals.Flags); // O_RDONLY | O_CLOEXEC
            Assert.Equal(_file, Text(hooks.Globals.Path));
            Assert.Equal((int)opened.SafeFileHandle.DangerousGetHandle(), hooks.Globals.Opened);
        }
    }

    [KernelFact(Needs = KernelNeeds.Uprobes)]
    public void FunctionsOfTheCLibraryProbed()
    {
        using UserHooks hooks = UserHooks.Open(o => o.Constants.Process = (uint)Environment.ProcessId).Load();
        using BpfAttachment attached = hooks.AttachAll();
        Assert.Equal(0, SetVariable("BPFSHARP_TEST", "some text", 7));
        Assert.Equal(("BPFSHARP_TEST", "some text", 7, 1, -1), (Text(hooks.Globals.Name), Text(hooks.Globals.Value), hooks.Globals.Overwrite, hooks.Globals.Calls, hooks.Globals.Result));
        Assert.Equal(-1, SetVariable("=", "", 0));
        Assert.Equal(("=", "", 0, 2, -2), (Text(hooks.Globals.Name), Text(hooks.Globals.Value), hooks.Globals.Overwrite, hooks.Globals.Calls, hooks.Globals.Result));
    }

    [KernelFact(Needs = KernelNeeds.Uprobes)]
    public unsafe void StructsOfTheProcessRead()
    {
        using UserStructs hooks = UserStructs.Open(o => o.Constants.Process = (uint)Environment.ProcessId).Load();
        using BpfAttachment attached = hooks.AttachAll();
        // Copies, which were written just now: a program cannot wait for the assembly's page to come from its file.
        byte[] abc = [.. "abc\0"u8], one = [.. "the last one\0"u8], unix = [.. "\u0001\0/run/socket\0"u8];
        fixed (byte* first = abc)
        fixed (byte* second = one)
        {
            nuint* vectors = stackalloc nuint[] { (nuint)first, 3, (nuint)second, 1, (nuint)second, 12 };
            Assert.Equal(-1, WriteVectors(-1, vectors, 3));
        }
        // struct sockaddr_un: AF_UNIX in two bytes, the path behind.
        fixed (byte* address = unix) Assert.Equal(-1, Bind(-1, address, 14));
        Assert.Equal((3ul, 12ul, (byte)'b', "the last one"), (hooks.Globals.First, hooks.Globals.Last, hooks.Globals.Letter, Text(hooks.Globals.Text)));
        Assert.Equal(((ushort)1, "/run/socket", (byte)'\0', 2), (hooks.Globals.Family, Text(hooks.Globals.Path), hooks.Globals.PathLetter, hooks.Globals.Calls));
    }

    [KernelFact(Needs = KernelNeeds.BpfLsm)]
    public void AFileRefused()
    {
        using (SecurityHooks hooks = SecurityHooks.Open(o => (o.Constants.Process, o.Constants.Inode) = ((uint)Environment.ProcessId, _inode)).Load())
        {
            using BpfAttachment attached = hooks.AttachAll();
            Assert.Throws<UnauthorizedAccessException>(() => File.ReadAllText(_file));
            Assert.Equal("content", Command.Run("cat", [_file]));
        }
        Assert.Equal("content", File.ReadAllText(_file));
    }

    [KernelFact(Needs = KernelNeeds.TpBtf | KernelNeeds.RawTracepoints)]
    public void TasksCountedAndProgramsStarted()
    {
        using TaskHooks hooks = TaskHooks.Open(o => o.Constants.Process = (uint)Environment.ProcessId).Load();
        using (BpfLink executed = hooks.Programs.Executed.Attach())
        using (BpfLink raw = hooks.Programs.RawExecuted.Attach())
        {
            Command.Run("/bin/true", []);
        }
        Assert.Equal((1, 1), (hooks.Globals.Execs, hooks.Globals.RawExecs));
        Assert.Equal((Environment.ProcessId, Environment.ProcessId), (hooks.Globals.Parent, hooks.Globals.RawParent));
        Assert.Equal(("/bin/true", "/bin/true", "true"), (Text(hooks.Globals.Program), Text(hooks.Globals.RawProgram), Text(hooks.Globals.Name)));

        using BpfLink link = hooks.Programs.Count.Attach();
        int before, seen, after;
        do
        {
            // Threads come and go in .NET.
            before = Directory.GetDirectories("/proc/self/task").Length;
            hooks.Globals.Threads = 0;
            using Stream stream = link.OpenIterator();
            Assert.Equal(0, stream.Read(new byte[1]));
            seen = hooks.Globals.Threads;
            after = Directory.GetDirectories("/proc/self/task").Length;
        }
        while (before != after);
        Assert.Equal(before, seen);
    }

    private void Check(FileSeen seen, int result)
    {
        string name = Path.GetFileName(_file);
        Assert.Equal(_inode, seen.Inode);
        Assert.Equal(result, seen.Result);
        Assert.Equal(1, seen.Calls);
        Assert.Equal((uint)name.Length, seen.NameLength);
        Assert.Equal(name, Text(seen.Name));
        Assert.Equal(0u, seen.Flags & 3);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "writev")]
    private static unsafe partial nint WriteVectors(int descriptor, nuint* vectors, int count);

    [LibraryImport("libc", EntryPoint = "bind")]
    private static unsafe partial int Bind(int socket, byte* address, uint length);

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]);
}
