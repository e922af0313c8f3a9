using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfSharp.Kernel;

/// <summary>A task's name: up to 15 bytes and a zero (<c>TASK_COMM_LEN</c>).</summary>
[InlineArray(16)]
public struct Comm16
{
    private byte _first;

    /// <summary>The name up to its zero. Not for kernel code.</summary>
    public override readonly string ToString()
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.CreateReadOnlySpan(in _first, 16);
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
