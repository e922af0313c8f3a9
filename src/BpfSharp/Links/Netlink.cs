using System.Buffers.Binary;
using System.Text;
using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Links;

/// <summary>A request to the kernel's routing sockets (<c>rtnetlink</c>) and its answer.</summary>
internal sealed unsafe class Netlink
{
    private const int Route = 0, Family = 16, Raw = 3, CloseOnExec = 0x80000, HeaderSize = 16;
    private const ushort Request = 1, Acknowledge = 4, ErrorType = 2, DoneType = 3;
    private readonly byte[] _buffer = new byte[512];
    private int _length = HeaderSize;

    /// <summary>Begins a message.</summary>
    /// <param name="type">What to do (<c>RTM_*</c>).</param>
    /// <param name="flags">How (<c>NLM_F_*</c>); request and acknowledge are added.</param>
    public Netlink(ushort type, ushort flags)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(6), (ushort)(flags | Request | Acknowledge));
    }

    /// <summary>Appends 32 bits.</summary>
    public Netlink Add(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_length), value);
        _length += 4;
        return this;
    }

    /// <summary>Appends an attribute of 32 bits.</summary>
    public Netlink AddAttribute(ushort type, uint value) => Attribute(type, 4).Add(value);

    /// <summary>Appends an attribute of 16 bits.</summary>
    public Netlink AddAttribute(ushort type, ushort value) => AddAttribute(type, BitConverter.GetBytes(value));

    /// <summary>Appends an attribute of bytes.</summary>
    public Netlink AddAttribute(ushort type, byte[] bytes)
    {
        Attribute(type, bytes.Length);
        bytes.CopyTo(_buffer, _length);
        _length += (bytes.Length + 3) & ~3;
        return this;
    }

    /// <summary>Appends an attribute of text.</summary>
    public Netlink AddAttribute(ushort type, string text) => AddAttribute(type, Encoding.ASCII.GetBytes(text + '\0'));

    /// <summary>Appends an attribute that holds those which <paramref name="content"/> appends.</summary>
    public Netlink AddNested(ushort type, Action<Netlink> content)
    {
        int start = _length;
        Attribute(type, 0);
        content(this);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(start), (ushort)(_length - start));
        return this;
    }

    /// <summary>Opens a socket, which speaks to the network namespace that the calling thread is in now, for as long as it is open.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfHandle Open()
    {
        int fd = Libc.Socket(Family, Raw | CloseOnExec, Route);
        return fd >= 0 ? new BpfHandle(fd, "netlink socket") : throw BpfError.Create((int)Libc.LastError, "open a netlink socket");
    }

    /// <summary>Sends the message and takes all answers until the kernel acknowledges it.</summary>
    /// <param name="socket">What <see cref="Open"/> opened.</param>
    /// <param name="answer">Gets each answer with its payload.</param>
    /// <returns>0, or <c>-errno</c>.</returns>
    public int Send(BpfHandle socket, NetlinkAnswer? answer = null)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer, _length);
        int fd = socket.Fd;
        fixed (byte* message = _buffer)
            if (Libc.Write(fd, message, _length) < 0) return -(int)Libc.LastError;
        byte[] received = new byte[32 << 10];
        while (true)
        {
            nint count;
            fixed (byte* p = received) count = Libc.Read(fd, p, received.Length);
            if (count < 0 && Libc.LastError == Errno.EINTR) continue;
            if (count < 0) return -(int)Libc.LastError;
            ReadOnlySpan<byte> rest = received.AsSpan(0, (int)count);
            while (rest.Length >= HeaderSize)
            {
                int length = Math.Min(Math.Max(BinaryPrimitives.ReadInt32LittleEndian(rest), HeaderSize), rest.Length);
                ushort type = BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]);
                if (type == ErrorType) return BinaryPrimitives.ReadInt32LittleEndian(rest[HeaderSize..]);
                if (type == DoneType) return 0;
                answer?.Invoke(type, rest[HeaderSize..length]);
                rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
            }
        }
    }

    private Netlink Attribute(ushort type, int length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(_length), (ushort)(length + 4));
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(_length + 2), type);
        _length += 4;
        return this;
    }
}

/// <summary>Takes an answer: its type (<c>RTM_*</c>) and what follows the header.</summary>
internal delegate void NetlinkAnswer(ushort type, ReadOnlySpan<byte> payload);
