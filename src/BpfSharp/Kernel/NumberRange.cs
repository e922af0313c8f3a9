namespace BpfSharp.Kernel;

/// <summary>The numbers of <see cref="Bpf.Range(uint)"/>, in ascending order. It is for <c>foreach</c> alone.</summary>
public readonly struct NumberRange
{
    private readonly uint _start;
    private readonly uint _end;

    internal NumberRange(uint start, uint end)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end - start, Bpf.MaximumLoops, nameof(end));
        (_start, _end) = (start, end);
    }

    /// <summary>Goes through the numbers.</summary>
    public Enumerator GetEnumerator() => new(_start, _end);

    /// <summary>Where an enumeration is.</summary>
    public struct Enumerator
    {
        private readonly uint _end;
        private uint _next;

        internal Enumerator(uint start, uint end) => (_next, _end) = (start, end);

        /// <summary>The number.</summary>
        public readonly uint Current => _next - 1;

        /// <summary>Goes to the next number; false if there is none.</summary>
        public bool MoveNext()
        {
            if (_next == _end) return false;
            _next++;
            return true;
        }
    }
}
