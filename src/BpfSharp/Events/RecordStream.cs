using System.Buffers;
using System.Runtime.CompilerServices;

namespace BpfSharp.Events;

/// <summary>Records as they come, until cancelled: copied out in batches, so that nothing is allocated for a record, and waited for without a thread.</summary>
internal static class RecordStream
{
    /// <summary>Records of one type.</summary>
    /// <param name="fill">Copies what is there, as far as there is room, and says how many records it was.</param>
    /// <param name="wait">Ends when there is a record.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public static async IAsyncEnumerable<T> Typed<T>(
        Func<T[], int> fill, Func<CancellationToken, Task> wait, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        T[] batch = ArrayPool<T>.Shared.Rent(RecordBatch.Capacity);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = fill(batch);
                for (int i = 0; i < count; i++) yield return batch[i];
                if (count == 0) await wait(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<T>.Shared.Return(batch);
        }
    }

    /// <summary>Records of any size; the memory of each is used again when the next one is asked for.</summary>
    /// <param name="fill">Copies what is there, as far as there is room.</param>
    /// <param name="wait">Ends when there is a record.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> OfAnySize(
        Action<RecordBatch> fill, Func<CancellationToken, Task> wait, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using RecordBatch batch = new();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            batch.Clear();
            fill(batch);
            for (int i = 0; i < batch.Count; i++) yield return batch[i];
            if (batch.Count == 0) await wait(cancellationToken).ConfigureAwait(false);
        }
    }
}
