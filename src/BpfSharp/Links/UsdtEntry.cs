using System.Buffers.Binary;

namespace BpfSharp.Links;

/// <summary>
/// How an entry of the table of static probes is laid out (<c>struct __bpf_usdt_spec</c> of libbpf's <c>usdt.bpf.h</c>): the arguments, the cookie, the number of arguments.
/// </summary>
/// <param name="argumentSize">Bytes of an argument.</param>
/// <param name="secondAt">Where in it the second register stands, in bits.</param>
/// <param name="registerAt">Where in it the register stands, in bytes; whether the argument is signed and by how many bits it is shifted stand behind.</param>
internal sealed class UsdtEntry(int argumentSize, int secondAt, int registerAt)
{
    /// <summary>That of libbpf before 1.7, whose kind of 32 bits has room for a second register in its upper bits, and of this library's own programs.</summary>
    public static readonly UsdtEntry Compact = new(16, 72, 12);

    /// <summary>That of libbpf 1.7, whose bit fields for a second register begin a unit of their own and so make an argument longer.</summary>
    public static readonly UsdtEntry Wide = new(24, 80, 14);

    private const int KindAt = 8, SecondBits = 12;

    /// <summary>Bytes.</summary>
    public int Size => CookieAt + 16;

    private int CookieAt => UsdtArguments.Most * argumentSize;

    /// <summary>The layout with a size in bytes, null if there is none.</summary>
    public static UsdtEntry? Of(int size) => size == Compact.Size ? Compact : size == Wide.Size ? Wide : null;

    /// <summary>An entry as programs read it.</summary>
    public byte[] Write(UsdtArgument[] arguments, ulong cookie)
    {
        byte[] entry = new byte[Size];
        for (int i = 0; i < arguments.Length; i++)
        {
            UsdtArgument argument = arguments[i];
            Span<byte> at = entry.AsSpan(i * argumentSize, argumentSize);
            BinaryPrimitives.WriteInt64LittleEndian(at, argument.Constant);
            ulong second = (uint)argument.Second | ((ulong)argument.Scale << SecondBits);
            BinaryPrimitives.WriteUInt64LittleEndian(at[KindAt..], (byte)argument.Kind | (second << (secondAt - (KindAt * 8))));
            BinaryPrimitives.WriteInt16LittleEndian(at[registerAt..], (short)argument.Register);
            at[registerAt + 2] = argument.IsSigned ? (byte)1 : (byte)0;
            at[registerAt + 3] = (byte)(64 - (8 * argument.Size));
        }

        BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(CookieAt), cookie);
        BinaryPrimitives.WriteInt16LittleEndian(entry.AsSpan(CookieAt + 8), (short)arguments.Length);
        // Padding to programs. A probe without arguments and cookie is no empty entry.
        entry[^1] = 1;
        return entry;
    }
}
