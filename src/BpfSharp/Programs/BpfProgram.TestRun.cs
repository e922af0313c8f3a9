using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Programs;
using BpfSharp.Syscalls;

namespace BpfSharp;

public sealed unsafe partial class BpfProgram
{
    /// <summary>
    /// Runs the program in the kernel on given input (<c>BPF_PROG_TEST_RUN</c>). Packet programs take data, and a context where
    /// wanted; raw tracepoint and syscall programs take a context only and no repeat.
    /// </summary>
    /// <param name="data">The packet.</param>
    /// <param name="repeat">How often to run; 1 unless set.</param>
    /// <param name="options">What the kernel offers for this kind of programs.</param>
    /// <exception cref="ArgumentException">An option is not for programs of this type.</exception>
    /// <exception cref="BpfException">The kernel cannot run programs of this type so, or did not take the input.</exception>
    public BpfTestRunResult TestRun(ReadOnlySpan<byte> data = default, int repeat = 1, BpfTestRunOptions options = default) =>
        TestRunCore(data, [], [], [], out _, out _, repeat, options);

    /// <summary>Runs the program on a context, which gets what the program left in it.</summary>
    /// <typeparam name="TContext">The program type's context, e.g. an <c>xdp_md</c>, or a syscall program's arguments.</typeparam>
    /// <param name="context">The context, in and out.</param>
    /// <param name="data">The packet, for packet programs.</param>
    /// <param name="repeat">How often to run.</param>
    /// <param name="options">What the kernel offers for this kind of programs.</param>
    public BpfTestRunResult TestRun<TContext>(ref TContext context, ReadOnlySpan<byte> data = default, int repeat = 1, BpfTestRunOptions options = default)
        where TContext : unmanaged
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<TContext>(ref context));
        // Raw tracepoint programs and live frames give no context back, and a syscall program's is changed in place.
        bool hasOutput = Type is not (ProgramType.RawTracepoint or ProgramType.RawTracepointWritable or ProgramType.Syscall) && !options.LiveFrames;
        return TestRunCore(data, [], bytes, hasOutput ? bytes : [], out _, out _, repeat, options);
    }

    /// <summary>Runs the program on a packet and gets the packet that it made of it.</summary>
    /// <param name="data">The packet.</param>
    /// <param name="output">Gets the packet; give room for what the program adds.</param>
    /// <param name="context">The context, empty for none.</param>
    /// <param name="outputLength">Bytes of <paramref name="output"/> that were written.</param>
    /// <param name="repeat">How often to run.</param>
    /// <param name="options">What the kernel offers for this kind of programs.</param>
    public BpfTestRunResult TestRun(
        ReadOnlySpan<byte> data, Span<byte> output, ReadOnlySpan<byte> context, out int outputLength, int repeat = 1, BpfTestRunOptions options = default) =>
        TestRunCore(data, output, context, [], out outputLength, out _, repeat, options);

    /// <summary>Runs the program with everything that the kernel offers.</summary>
    /// <param name="data">The packet, empty for none.</param>
    /// <param name="output">Gets the packet afterwards.</param>
    /// <param name="context">The context, empty for none.</param>
    /// <param name="contextOutput">Gets the context afterwards.</param>
    /// <param name="outputLength">Bytes of <paramref name="output"/> that were written.</param>
    /// <param name="contextLength">Bytes of <paramref name="contextOutput"/> that were written.</param>
    /// <param name="repeat">How often to run.</param>
    /// <param name="options">What the kernel offers for this kind of programs.</param>
    public BpfTestRunResult TestRunCore(
        ReadOnlySpan<byte> data, Span<byte> output, ReadOnlySpan<byte> context, Span<byte> contextOutput,
        out int outputLength, out int contextLength, int repeat = 1, BpfTestRunOptions options = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(repeat);
        bool repeats = Type is not (ProgramType.RawTracepoint or ProgramType.RawTracepointWritable or ProgramType.Syscall);
        fixed (byte* dataIn = data, dataOut = output, contextIn = context, contextOut = contextOutput)
        {
            TestRunAttributes attributes = new()
            {
                ProgramFd = Fd,
                DataIn = dataIn,
                DataSizeIn = (uint)data.Length,
                DataOut = dataOut,
                DataSizeOut = (uint)output.Length,
                ContextIn = contextIn,
                ContextSizeIn = (uint)context.Length,
                ContextOut = contextOut,
                ContextSizeOut = (uint)contextOutput.Length,
                Repeat = repeats ? (uint)repeat : 0,
            };
            options.Apply(ref attributes, Type);
            int result;
            // A signal interrupts a repeated run with EAGAIN or EINTR; it starts over, if nothing was sent.
            do result = BpfSyscall.ProgramTestRun(ref attributes);
            while (result is -(int)Errno.EAGAIN or -(int)Errno.EINTR && !options.LiveFrames);
            (outputLength, contextLength) = ((int)attributes.DataSizeOut, (int)attributes.ContextSizeOut);
            Errno error = (Errno)(-result);
            if (result < 0) throw BpfError.Create(result, $"test-run {What}", options.Hint(error) ?? TestRunHint(error, data.Length, context.Length > 0));
            return new BpfTestRunResult(attributes.Result, TimeSpan.FromTicks(attributes.Duration / 100), attributes.Duration);
        }
    }

    private string? TestRunHint(Errno error, int length, bool hasContext) => error switch
    {
        Errno.EINVAL when length < 14 && Type is ProgramType.Xdp or ProgramType.SchedCls or ProgramType.SocketFilter =>
            $"packets must have at least the 14 bytes of an Ethernet header; {length} were given",
        Errno.EINVAL when length > 0 && Type is ProgramType.RawTracepoint or ProgramType.RawTracepointWritable or ProgramType.Syscall or ProgramType.SkLookup =>
            $"{Type} programs take a context and no packet",
        Errno.EINVAL when hasContext && Type is ProgramType.Xdp =>
            $"there is a member of the context that a test run does not take, or one that does not fit the packet ({nameof(BpfXdpMetadata)} says which); kernels before 5.14 take none",
        Errno.EINVAL when hasContext && length > 0 =>
            $"there is a member of the context that a test run does not take, or one that does not fit the packet ({nameof(BpfSkBuffMetadata)} says which)",
        Errno.EOPNOTSUPP or Errno.ENOTSUPP => $"this kernel cannot run {Type} programs by BPF_PROG_TEST_RUN; attach the program and trigger it",
        Errno.ENOSPC => "the output does not fit in the buffer that was given",
        _ => null,
    };
}
