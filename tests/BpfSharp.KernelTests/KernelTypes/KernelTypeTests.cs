using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfSharp.KernelTests.KernelTypes;

/// <summary>What programs read of kernel structs, compared with what /proc and system calls say.</summary>
public sealed partial class KernelTypeTests
{
    private const int ScheduleResetOnFork = 0x40000000;

    [KernelTheory(Minimum = "5.14", Needs = KernelNeeds.BtfVmlinux)]
    [InlineData("Known")]
    [InlineData("Unknown")]
    public void TheCurrentTaskIsReadRight(string program)
    {
        using TaskPrograms programs = TaskPrograms.Load();
        using FileStream opened = File.OpenRead("/proc/self/limits");
        string limits = new StreamReader(opened).ReadToEnd();
        int descriptor = (int)opened.SafeFileHandle.DangerousGetHandle();
        foreach (int reset in new[] { ScheduleResetOnFork, 0 })
        {
            // The flag belongs to the thread that sets it: the program runs on it, too.
            int parameter = 0;
            Assert.Equal(0, SetScheduler(0, reset, ref parameter));
            var answer = new TaskAnswer { Descriptor = descriptor, Resource = 8 };
            BpfProgram run = program == "Known" ? programs.Programs.Known : programs.Programs.Unknown;
            Assert.Equal(0u, run.TestRun(ref answer).ReturnValue);
            Assert.Equal(reset != 0 ? 1u : 0u, answer.ResetOnFork);

            Assert.Equal(Environment.ProcessId, answer.ProcessId);
            Assert.Equal(ThreadId(), answer.ThreadId);
            Assert.Equal(int.Parse(Status("self", "PPid"), CultureInfo.InvariantCulture), answer.ParentId);
            Assert.Equal(uint.Parse(Status("self", "Uid").Split('\t')[1], CultureInfo.InvariantCulture), answer.UserId);
            string name = File.ReadAllText($"/proc/self/task/{ThreadId()}/comm").TrimEnd('\n');
            Assert.Equal(name, Text(answer.Comm));
            Assert.Equal(name.Length + 1, answer.CommLength);
            Assert.Equal((byte)name[0], answer.FirstLetter);
            Assert.Equal(8 < name.Length ? (byte)name[8] : 0, answer.LetterAt);
            Assert.Equal(File.ReadAllText($"/proc/{answer.ParentId}/comm").TrimEnd('\n'), Text(answer.ParentComm));
            Assert.Equal(Limit(limits, "Max open files"), answer.FirstLimit);
            Assert.Equal(Limit(limits, "Max locked memory"), answer.Limit);
            Assert.Equal(0u, answer.State);
            Assert.Equal(answer.ProcessId == answer.ThreadId ? 1 : 0, answer.LeaderIsSelf);
            Assert.Equal(ulong.Parse(Command.Run("stat", ["-L", "-c", "%i", $"/proc/{Environment.ProcessId}/fd/{descriptor}"]).Trim(), CultureInfo.InvariantCulture), answer.Inode);
            Assert.Equal(Convert.ToUInt32(Command.Run("stat", ["-L", "-c", "%f", $"/proc/{Environment.ProcessId}/fd/{descriptor}"]).Trim(), 16), answer.Mode);
            uint flags = Convert.ToUInt32(File.ReadLines($"/proc/self/fdinfo/{descriptor}").Single(static l => l.StartsWith("flags:", StringComparison.Ordinal)).Split('\t')[1], 8);
            Assert.Equal(flags & ~0x80000u, answer.OpenFlags & ~0x80000u);
            Assert.Equal(Depth(), answer.Depth);
            byte[] commandLine = File.ReadAllBytes("/proc/self/cmdline");
            string first = Encoding.UTF8.GetString(commandLine, 0, Math.Min(Array.IndexOf(commandLine, (byte)0), 63));
            Assert.Equal(first, Text(answer.CommandLine));
        }
    }

    /// <summary>Some kernel may have as a bit field what another has whole: one declaration reads both, whatever width it says.</summary>
    [KernelTheory(Minimum = "5.14", Needs = KernelNeeds.BtfVmlinux)]
    [InlineData("Known")]
    [InlineData("Unknown")]
    public void WhatIsDeclaredAsABitFieldIsReadWhereItIsNone(string program)
    {
        using Bits.BitPrograms programs = Bits.BitPrograms.Load();
        foreach (int reset in new[] { ScheduleResetOnFork, 0 })
        {
            int parameter = 0;
            Assert.Equal(0, SetScheduler(0, reset, ref parameter));
            Bits.BitAnswer answer = default;
            BpfProgram run = program == "Known" ? programs.Programs.Known : programs.Programs.Unknown;
            Assert.Equal(0u, run.TestRun(ref answer).ReturnValue);
            string[] fields = File.ReadAllText($"/proc/self/task/{ThreadId()}/stat").Split(") ")[1].Split(' ');
            // Field 22, without the first two: when the thread began, in hundredths of a second.
            Assert.Equal(ulong.Parse(fields[19], CultureInfo.InvariantCulture), answer.Started / 10_000_000);
            Assert.Equal((ThreadId(), 1u, reset != 0 ? 1u : 0u), (answer.ThreadId, answer.OnQueue, answer.ResetOnFork));
            Assert.Equal(Convert.ToUInt32(Command.Run("stat", ["-L", "-c", "%f", $"/proc/{Environment.ProcessId}/exe"]).Trim(), 16), answer.Mode);
        }
    }

    [KernelFact(Minimum = "5.14", Needs = KernelNeeds.BtfVmlinux)]
    public void TheLoaderAnswersQuestions()
    {
        using TaskPrograms programs = TaskPrograms.Load();
        CoreAnswer answer = default;
        Assert.Equal(0u, programs.Programs.Ask.TestRun(ref answer).ReturnValue);
        Assert.Equal((1, 1, 1, 1), (answer.TaskExists, answer.StructMissing, answer.MemberMissing, answer.ValueMissing));
        // enum bpf_map_type of linux/bpf.h.
        Assert.Equal((1, 27), (answer.Hash, answer.RingBuffer));
        Assert.Equal((1, 0), (answer.PidSigned, answer.ModeSigned));
        Assert.Equal(16, answer.CommSize);
        Assert.Equal(1, answer.Matches);
        (int id, int size, Dictionary<string, int> offsets) = VmlinuxStruct("task_struct");
        Assert.Equal((size, offsets["comm"], offsets["pid"]), (answer.TaskSize, answer.CommOffset, answer.PidOffset));
        Assert.Equal((uint)id, answer.TaskId);
    }

    /// <summary>A struct of the running kernel, as bpftool prints its BTF.</summary>
    private static (int Id, int Size, Dictionary<string, int> Offsets) VmlinuxStruct(string name)
    {
        // The struct and its members; the whole is millions of lines.
        string[] lines = Command.Run("sh", ["-c", $"bpftool btf dump file /sys/kernel/btf/vmlinux | grep -m 1 -A 600 \"STRUCT '{name}' size=\""]).Split('\n');
        const int start = 0;
        int id = int.Parse(lines[start][1..lines[start].IndexOf(']', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
        int size = int.Parse(lines[start].Split("size=")[1].Split(' ')[0], CultureInfo.InvariantCulture);
        Dictionary<string, int> offsets = [];
        foreach (string line in lines.Skip(start + 1).TakeWhile(static l => l.StartsWith('\t')))
        {
            offsets[line.Split('\'')[1]] = int.Parse(line.Split("bits_offset=")[1].Split(' ')[0], CultureInfo.InvariantCulture) / 8;
        }
        return (id, size, offsets);
    }

    private static int Depth()
    {
        int depth = 0;
        for (string id = "self"; depth < 24; depth++)
        {
            if (int.Parse(Status(id, "Tgid"), CultureInfo.InvariantCulture) <= 1) break;
            id = Status(id, "PPid");
            if (id == "0") return depth + 1;
        }
        return depth;
    }

    private static string Status(string process, string key) =>
        File.ReadLines($"/proc/{process}/status").Single(l => l.StartsWith(key + ":", StringComparison.Ordinal))[(key.Length + 1)..].Trim();

    private static ulong Limit(string limits, string name)
    {
        string value = limits.Split('\n').Single(l => l.StartsWith(name, StringComparison.Ordinal))[26..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return value == "unlimited" ? ulong.MaxValue : ulong.Parse(value, CultureInfo.InvariantCulture);
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int process, int policy, ref int parameter);

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int ThreadId();
}
