using System.Buffers;

namespace BpfSharp.Events;

/// <summary>Copies of records of any size, one behind the other in one buffer that is kept.</summary>
internal sealed class RecordBatch : IDisposable
{
    /// <summary>The most records.</summary>
    public const int Capacity = 1024;

    private readonly int[] _ends = ArrayPool<int>.Shared.Rent(Capacity);
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(64 * 1024);

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>A record.</summary>
    public ReadOnlyMemory<byte> this[int index] => _bytes.AsMemory(Start(index).._ends[index]);

    /// <summary>Forgets them.</summary>
    public void Clear() => Count = 0;

    /// <summary>Copies a record.</summary>
    public void Add(ReadOnlySpan<byte> record)
    {
        int start = Start(Count), end = start + record.Length;
        if (end > _bytes.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(end, 2 * _bytes.Length));
            _bytes.AsSpan(0, start).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        record.CopyTo(_bytes.AsSpan(start));
        _ends[Count++] = end;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        ArrayPool<int>.Shared.Return(_ends);
    }

    private int Start(int index) => index == 0 ? 0 : _ends[index - 1];
}
