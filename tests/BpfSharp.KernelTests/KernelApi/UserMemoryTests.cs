using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Reading the current process's memory: this process runs the programs, so it knows what is there.</summary>
public sealed unsafe class UserMemoryTests
{
    [KernelTheory(Minimum = "5.14")]
    [InlineData("text")]
    [InlineData("")]
    [InlineData("fifteen letters")]
    [InlineData("sixteen letters!")]
    [InlineData("a text that does not fit")]
    [InlineData(null)]
    public void SameAsInDotNet(string? text)
    {
        using UserMemoryPrograms programs = UserMemoryPrograms.Load();
        byte* memory = text is null ? null : (byte*)Marshal.StringToCoTaskMemUTF8(text + "\0and what is behind");
        try
        {
            UserRead read = new() { Address = (ulong)memory }, managed = read;
            if (text is not null) KernelSimulation.Current.SetUserMemory((ulong)memory, new ReadOnlySpan<byte>(memory, text.Length + 19));
            int expected = UserMemoryPrograms.Read(new SyscallContext<UserRead>(ref managed));
            Assert.Equal(expected, (int)programs.Programs.Read.TestRun(ref read).ReturnValue);
            Assert.Equal((managed.Length, managed.Number, Hex(managed.Text)), (read.Length, read.Number, Hex(read.Text)));
            Assert.Equal(text is null ? -14 : Math.Min(text.Length + 1, 16), read.Length);
        }
        finally
        {
            Marshal.FreeCoTaskMem((nint)memory);
        }
    }

    [KernelFact(Minimum = "5.14")]
    public void RecordsHaveNothingOfOlderOnesButBehindStrings()
    {
        using UserMemoryPrograms programs = UserMemoryPrograms.Load();
        byte* memory = (byte*)Marshal.StringToCoTaskMemUTF8(new string('x', 599));
        byte* shorter = (byte*)Marshal.StringToCoTaskMemUTF8("short");
        try
        {
            // The ring holds six records, so that room is used again.
            for (int i = 0; i < 40; i++)
            {
                UserRead read = new() { Address = (ulong)(i % 2 == 0 ? memory : shorter), Length = i % 3 == 0 ? 0xABCD : 0 };
                Assert.Equal(0u, programs.Programs.Record.TestRun(ref read).ReturnValue);
                int seen = 0;
                programs.Maps.Records.Consume((in LongRecord record) =>
                {
                    seen++;
                    ReadOnlySpan<byte> path = record.Path;
                    Assert.Equal(i % 2 == 0 ? new string('x', 599) : "short", Encoding.ASCII.GetString(path[..path.IndexOf((byte)0)]));
                    ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<LongRecord>(in record));
                    Assert.Equal((ulong)(i % 2 == 0 ? memory : shorter), record.Address);
                    Assert.Equal(new byte[8], bytes[..8].ToArray());
                    Assert.Equal(i % 3 == 0 ? 0xABCD : 0, record.Last);
                    Assert.Equal(new byte[6], bytes[^6..].ToArray());
                });
                Assert.Equal(1, seen);
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem((nint)memory);
            Marshal.FreeCoTaskMem((nint)shorter);
        }
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);
}
