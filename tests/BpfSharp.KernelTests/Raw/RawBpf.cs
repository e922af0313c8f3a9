using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BpfSharp.KernelTests.Raw;

/// <summary>bpf(2) and perf_event_open(2) as the probes and the leak check use them; independent of the library under test.</summary>
static class RawBpf
{
    static readonly nint s_bpf = Libc.NumberOf(321, 280);
    static readonly nint s_perfEventOpen = Libc.NumberOf(298, 241);

    /// <summary>Runs a command; the result is negative, -errno, on failure.</summary>
    public static unsafe int Call(BpfCommand command, BpfAttr attr)
    {
        fixed (byte* bytes = attr.Bytes)
        {
            nint result = Libc.Bpf(s_bpf, (int)command, bytes, (uint)attr.Bytes.Length);
            return result < 0 ? -Marshal.GetLastPInvokeError() : (int)result;
        }
    }

    /// <summary>Runs a command that returns a file descriptor.</summary>
    /// <exception cref="Win32Exception">The kernel refused it.</exception>
    public static SafeFileHandle Open(BpfCommand command, BpfAttr attr) => Handle(Call(command, attr), $"bpf({command})");

    /// <summary>Creates a map.</summary>
    public static SafeFileHandle CreateMap(uint type, uint keySize, uint valueSize, uint maxEntries)
    {
        using var attr = new BpfAttr();
        return Open(BpfCommand.MapCreate, attr.Set(0, type).Set(4, keySize).Set(8, valueSize).Set(12, maxEntries));
    }

    /// <summary>Loads the program <c>r0 = result; exit</c>.</summary>
    public static SafeFileHandle LoadReturn(ProgramType type, uint result = 0, uint attachType = 0, uint attachBtfId = 0, string license = "GPL") =>
        Load(type, [0xb7UL | ((ulong)result << 32), 0x95UL], attachType, attachBtfId, license);

    /// <summary>Loads instructions, each as the kernel's 64-bit word.</summary>
    public static SafeFileHandle Load(ProgramType type, ulong[] instructions, uint attachType = 0, uint attachBtfId = 0, string license = "GPL")
    {
        using var attr = new BpfAttr();
        attr.Set(0, (uint)type).Set(4, (uint)instructions.Length).Point(8, instructions).Point(16, license)
            .Set(68, attachType).Set(108, attachBtfId);
        return Open(BpfCommand.ProgLoad, attr);
    }

    /// <summary>Opens a raw tracepoint by name, or attaches a tracing program when <paramref name="name"/> is null.</summary>
    public static SafeFileHandle OpenRawTracepoint(SafeHandle program, string? name)
    {
        using var attr = new BpfAttr();
        attr.Set(8, program);
        return Open(BpfCommand.RawTracepointOpen, name is null ? attr : attr.Point(0, name));
    }

    /// <summary>Makes a link; <paramref name="more"/> sets what the attach type needs from offset 16 on.</summary>
    public static SafeFileHandle CreateLink(SafeHandle program, uint target, uint attachType, uint flags = 0, Action<BpfAttr>? more = null)
    {
        using var attr = new BpfAttr();
        attr.Set(0, program).Set(4, target).Set(8, attachType).Set(12, flags);
        more?.Invoke(attr);
        return Open(BpfCommand.LinkCreate, attr);
    }

    /// <summary>Opens a perf event on CPU 0 for every process.</summary>
    public static unsafe SafeFileHandle OpenPerfEvent(uint type, ulong config, Action<BpfAttr>? more = null)
    {
        using var attr = new BpfAttr();
        attr.Set(0, type).Set(4, 112).SetLong(8, config);
        more?.Invoke(attr);
        fixed (byte* bytes = attr.Bytes)
        {
            nint fd = Libc.PerfEventOpen(s_perfEventOpen, bytes, -1, 0, -1, 8 /* PERF_FLAG_FD_CLOEXEC */);
            return Handle(fd < 0 ? -Marshal.GetLastPInvokeError() : (int)fd, "perf_event_open");
        }
    }

    /// <summary>Every live id of one kind of object.</summary>
    public static IEnumerable<uint> Ids(BpfCommand getNextId)
    {
        uint id = 0;
        while (true)
        {
            using var attr = new BpfAttr();
            if (Call(getNextId, attr.Set(0, id)) < 0) yield break;
            yield return id = attr[4];
        }
    }

    /// <summary>The kernel's information on the object with this id, zero-filled to <paramref name="size"/>; null if it is gone.</summary>
    public static byte[]? Info(BpfCommand getFdById, uint id, int size = 256)
    {
        using var attr = new BpfAttr();
        int fd = Call(getFdById, attr.Set(0, id));
        if (fd < 0) return null;
        using SafeFileHandle handle = Handle(fd, "");
        return Info(handle, size);
    }

    /// <summary>The kernel's information on an open object, zero-filled to <paramref name="size"/>.</summary>
    public static byte[]? Info(SafeHandle handle, int size = 256)
    {
        byte[] info = new byte[size];
        using var attr = new BpfAttr();
        return Call(BpfCommand.ObjGetInfoByFd, attr.Set(0, handle).Set(4, (uint)size).Point(8, info)) < 0 ? null : info;
    }

    static SafeFileHandle Handle(int result, string what) =>
        result >= 0 ? new SafeFileHandle(result, ownsHandle: true) : throw new Win32Exception(-result, $"{what}: {Errno.Describe(-result)}");
}
