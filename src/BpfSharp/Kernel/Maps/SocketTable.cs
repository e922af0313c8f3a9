namespace BpfSharp.Kernel;

/// <summary>Sockets, as numbers, under keys: what maps of sockets are in .NET.</summary>
internal sealed class SocketTable<TKey>(uint capacity, bool isArray)
    where TKey : unmanaged
{
    private readonly Dictionary<TKey, uint> _sockets = new(BytewiseComparer<TKey>.Instance);

    public bool Set(TKey key, uint socket)
    {
        lock (_sockets)
        {
            bool hasRoom = isArray ? key is uint index && index < capacity : _sockets.ContainsKey(key) || _sockets.Count < capacity;
            if (hasRoom) _sockets[key] = socket;
            return hasRoom;
        }
    }

    public bool Remove(TKey key)
    {
        lock (_sockets) return _sockets.Remove(key);
    }

    public bool Contains(TKey key)
    {
        lock (_sockets) return _sockets.ContainsKey(key);
    }

    public void Clear()
    {
        lock (_sockets) _sockets.Clear();
    }

    /// <summary>Sends to the socket under a key.</summary>
    public bool Send(TKey key)
    {
        lock (_sockets)
        {
            bool found = _sockets.TryGetValue(key, out uint socket);
            KernelSimulation.Current.RedirectTargets = found ? [socket] : [];
            return found;
        }
    }
}
