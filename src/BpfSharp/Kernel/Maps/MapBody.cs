namespace BpfSharp.Kernel;

/// <summary>The body of a map's <c>ForEach</c>.</summary>
/// <typeparam name="TKey">The keys' type.</typeparam>
/// <typeparam name="TValue">The values' type.</typeparam>
/// <typeparam name="TState">The type of what the body works on.</typeparam>
/// <param name="key">The key.</param>
/// <param name="value">The value, in place.</param>
/// <param name="state">What it works on.</param>
/// <returns>Whether to go on.</returns>
public delegate bool MapBody<TKey, TValue, TState>(in TKey key, ref TValue value, ref TState state)
    where TKey : unmanaged
    where TValue : unmanaged
    where TState : unmanaged;
