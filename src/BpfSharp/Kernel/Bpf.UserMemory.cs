using System.Runtime.CompilerServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The memory of the current process, by the addresses that it passed to the kernel. In .NET it is <see cref="KernelSimulation.SetUserMemory"/>.</summary>
public static partial class Bpf
{
    /// <summary>
    /// Copies a string that ends with a zero out of the current process's memory (<c>bpf_probe_read_user_str</c>, kernel 5.5).
    /// </summary>
    /// <param name="address">Where the string begins, such as an argument of a system call.</param>
    /// <param name="destination">
    /// Gets the string, cut if it is longer, with its zero. All zeros if the memory could not be read. In a record of a ring buffer, what lies behind
    /// the string's zero is not set, and what an older record left there may remain.
    /// </param>
    /// <returns>How many bytes were copied, the zero counted; or a negative error number: the page is not in memory, or there is none.</returns>
    [KernelIntrinsic("user.readString")]
    public static int ReadUserString(ulong address, Span<byte> destination)
    {
        destination.Clear();
        ReadOnlySpan<byte> source = KernelSimulation.Current.UserMemory(address);
        if (source.IsEmpty) return AddressFault;
        int end = source.IndexOf((byte)0);
        if (end < 0 && source.Length < destination.Length) return AddressFault;
        int length = Math.Min(end < 0 ? source.Length : end, destination.Length - 1);
        if (length < 0) return 0;
        source[..length].CopyTo(destination);
        return length + 1;
    }

    /// <summary>Copies a value out of the current process's memory (<c>bpf_probe_read_user</c>, kernel 5.5).</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="address">Where the value is.</param>
    /// <param name="value">The value; zeros if the memory could not be read.</param>
    /// <returns>Whether it was read.</returns>
    [KernelIntrinsic("user.tryRead")]
    public static bool TryReadUser<T>(ulong address, out T value)
        where T : unmanaged
    {
        ReadOnlySpan<byte> source = KernelSimulation.Current.UserMemory(address);
        bool inside = source.Length >= Unsafe.SizeOf<T>();
        value = inside ? System.Runtime.InteropServices.MemoryMarshal.Read<T>(source) : default;
        return inside;
    }

    // -EFAULT.
    private const int AddressFault = -14;
}
