using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>The values that use each value. Users that stopped to use a value may still be listed; new ones are added.</summary>
internal sealed class Users
{
    private readonly Function _function;
    private List<Value>?[] _users;

    internal Users(Function function)
    {
        _function = function;
        _users = new List<Value>?[function.ValueCount];
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values) Add(value);
        }
    }

    /// <summary>The users of a value, each as often as it uses it.</summary>
    internal IReadOnlyList<Value> Of(Value value) => value.Id < _users.Length ? _users[value.Id] ?? [] : [];

    /// <summary>Lists a value as the user of its arguments.</summary>
    internal void Add(Value value)
    {
        foreach (Value argument in value.Arguments) Add(value, argument);
    }

    /// <summary>Lists a value as the user of another.</summary>
    internal void Add(Value user, Value used)
    {
        if (used.Id >= _users.Length) Array.Resize(ref _users, Math.Max(_function.ValueCount, used.Id + 1));
        (_users[used.Id] ??= []).Add(user);
    }
}
