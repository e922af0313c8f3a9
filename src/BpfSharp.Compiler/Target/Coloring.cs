namespace BpfSharp.Compiler.Target;

/// <summary>
/// Colours the interference graph with the ten registers by iterated register coalescing (George and Appel, 1996): copies
/// disappear where that cannot make the graph harder to colour; what cannot be coloured is to be spilled.
/// </summary>
internal sealed class Coloring
{
    private enum State : byte { Precoloured, Simplify, Freeze, Spill, Selected, Coalesced }

    private enum MoveState : byte { Worklist, Active, Done }

    private readonly InterferenceGraph _graph;
    private readonly int _count;
    private readonly State[] _state;
    private readonly int[] _alias;
    private readonly int[] _color;
    private readonly List<int>[] _moves;
    private readonly int[] _openMoves;
    private readonly MoveState[] _moveStates;
    private readonly Stack<int> _selected = new();
    private readonly Stack<int> _simplify = new();
    private readonly Stack<int> _freeze = new();
    private readonly SortedSet<(double Cost, int Node)> _spill = [];
    private readonly double[] _spillCost;
    private readonly SortedSet<int> _moveWorklist = [];
    private readonly Func<int, bool> _isTemporary;
    private readonly Predicate<int> _hasLeft;
    private readonly List<int>[] _members;

    // The neighbours that are still in the graph: what has left it is dropped when it is met, so that long lists are not walked again and again.
    private readonly List<int>[] _present;

    private Coloring(InterferenceGraph graph, int count, Func<int, bool> isTemporary)
    {
        _graph = graph;
        _count = count;
        _isTemporary = isTemporary;
        _state = new State[count];
        _alias = new int[count];
        _color = new int[count];
        _moves = new List<int>[count];
        _openMoves = new int[count];
        _members = new List<int>[count];
        _spillCost = new double[count];
        _present = new List<int>[count];
        _hasLeft = node => _state[node] is State.Selected or State.Coalesced;
        _moveStates = new MoveState[graph.Moves.Count];
    }

    /// <summary>The register chosen for each virtual register.</summary>
    public int[] Colors => _color;

    /// <summary>The registers that found no colour; empty if all did.</summary>
    public List<int> Spilled { get; } = [];

    private readonly HashSet<int> _isSpilled = [];

    /// <summary>Colours <paramref name="graph"/>; <paramref name="isTemporary"/> tells registers that spilling made, which are not spilled again.</summary>
    public static Coloring Run(InterferenceGraph graph, int count, Func<int, bool> isTemporary)
    {
        Coloring coloring = new(graph, count, isTemporary);
        coloring.Color();
        return coloring;
    }

    private void Color()
    {
        for (int i = 0; i < _count; i++)
        {
            _alias[i] = i;
            _color[i] = i < Register.FirstVirtual ? i : -1;
            _moves[i] = [];
            _present[i] = [.. _graph.Neighbours[i]];
            _members[i] = i < Register.FirstVirtual || _isTemporary(i) ? [] : [i];
        }
        for (int m = 0; m < _graph.Moves.Count; m++)
        {
            (int to, int from) = (_graph.Moves[m].Destination, _graph.Moves[m].Source);
            _moves[to].Add(m);
            _moves[from].Add(m);
            _openMoves[to]++;
            _openMoves[from]++;
            _moveWorklist.Add(m);
        }
        for (int i = Register.FirstVirtual; i < _count; i++)
        {
            if (_graph.Degree[i] >= Register.Allocatable) Enter(i, State.Spill);
            else Enter(i, IsMoveRelated(i) ? State.Freeze : State.Simplify);
        }
        while (true)
        {
            if (Pop(_simplify, State.Simplify) is int simple) Simplify(simple);
            else if (_moveWorklist.Count > 0) Coalesce();
            else if (Pop(_freeze, State.Freeze) is int frozen) Freeze(frozen);
            else if (_spill.Count > 0) SelectSpill();
            else break;
        }
        Assign();
    }

    private void Enter(int node, State state)
    {
        if (_state[node] == State.Spill) _spill.Remove((_spillCost[node], node));
        _state[node] = state;
        if (state == State.Simplify) _simplify.Push(node);
        else if (state == State.Freeze) _freeze.Push(node);
        else if (state == State.Spill) _spill.Add((_spillCost[node] = SpillCost(node), node));
    }

    private int? Pop(Stack<int> stack, State state)
    {
        while (stack.Count > 0)
        {
            int node = stack.Pop();
            if (_state[node] == state) return node;
        }
        return null;
    }

    private List<int> Present(int node)
    {
        List<int> present = _present[node];
        present.RemoveAll(_hasLeft);
        return present;
    }

    private bool IsMoveRelated(int node) => _openMoves[node] > 0;

    private void Close(int move)
    {
        _moveStates[move] = MoveState.Done;
        _openMoves[Alias(_graph.Moves[move].Destination)]--;
        _openMoves[Alias(_graph.Moves[move].Source)]--;
    }

    private void Simplify(int node)
    {
        _state[node] = State.Selected;
        _selected.Push(node);
        // Edges are only added by combining, so the list stays as it is meanwhile.
        foreach (int neighbour in Present(node)) DecrementDegree(neighbour);
    }

    private void DecrementDegree(int node)
    {
        if (node < Register.FirstVirtual) return;
        if (_graph.Degree[node]-- != Register.Allocatable) return;
        EnableMoves(node);
        // A move between a neighbour and a real register is found through the neighbour.
        foreach (int neighbour in Present(node))
        {
            if (neighbour >= Register.FirstVirtual) EnableMoves(neighbour);
        }
        if (_state[node] == State.Spill) Enter(node, IsMoveRelated(node) ? State.Freeze : State.Simplify);
    }

    private void EnableMoves(int node)
    {
        foreach (int move in _moves[node])
        {
            if (_moveStates[move] != MoveState.Active) continue;
            _moveStates[move] = MoveState.Worklist;
            _moveWorklist.Add(move);
        }
    }

    private void Coalesce()
    {
        int move = _moveWorklist.Min;
        _moveWorklist.Remove(move);
        int x = Alias(_graph.Moves[move].Destination), y = Alias(_graph.Moves[move].Source);
        (int u, int v) = y < Register.FirstVirtual ? (y, x) : (x, y);
        if (u == v)
        {
            Close(move);
            AddToSimplify(u);
        }
        else if (v < Register.FirstVirtual || _graph.Interferes(u, v))
        {
            Close(move);
            AddToSimplify(u);
            AddToSimplify(v);
        }
        else if (u < Register.FirstVirtual ? IsSafeByGeorge(u, v) : IsSafeByBriggs(u, v) || IsSafeByGeorge(u, v) || IsSafeByGeorge(v, u))
        {
            Close(move);
            Combine(u, v);
            AddToSimplify(u);
        }
        else
        {
            _moveStates[move] = MoveState.Active;
        }
    }

    private void AddToSimplify(int node)
    {
        if (node >= Register.FirstVirtual && _state[node] == State.Freeze && !IsMoveRelated(node) && _graph.Degree[node] < Register.Allocatable)
        {
            Enter(node, State.Simplify);
        }
    }

    /// <summary>Every neighbour of <paramref name="v"/> is insignificant or a neighbour of <paramref name="u"/> already.</summary>
    private bool IsSafeByGeorge(int u, int v)
    {
        foreach (int t in Present(v))
        {
            bool isReal = t < Register.FirstVirtual;
            if (isReal && u < Register.FirstVirtual) { if (t == u) return false; continue; }
            if (!isReal && _graph.Degree[t] < Register.Allocatable) continue;
            if (!_graph.Interferes(t, u)) return false;
        }
        return true;
    }

    /// <summary>Together they have fewer than ten significant neighbours.</summary>
    private bool IsSafeByBriggs(int u, int v)
    {
        int significant = 0;
        foreach (int t in Present(u))
        {
            int degree = _graph.Degree[t];
            if (degree < Register.Allocatable) continue;
            if (t >= Register.FirstVirtual && _graph.Interferes(t, v)) degree--;
            if (degree >= Register.Allocatable && ++significant >= Register.Allocatable) return false;
        }
        foreach (int t in Present(v))
        {
            if (_graph.Degree[t] >= Register.Allocatable && !_graph.Interferes(t, u) && ++significant >= Register.Allocatable) return false;
        }
        return true;
    }

    private void Combine(int u, int v)
    {
        if (_state[v] == State.Spill) _spill.Remove((_spillCost[v], v));
        _state[v] = State.Coalesced;
        _alias[v] = u;
        _moves[u].AddRange(_moves[v]);
        _openMoves[u] += _openMoves[v];
        _members[u].AddRange(_members[v]);
        _graph.Cost[u] += _graph.Cost[v];
        EnableMoves(v);
        foreach (int t in Present(v))
        {
            if (_graph.AddEdge(t, u))
            {
                _present[t].Add(u);
                _present[u].Add(t);
            }
            DecrementDegree(t);
        }
        if (u >= Register.FirstVirtual && _graph.Degree[u] >= Register.Allocatable && _state[u] == State.Freeze) Enter(u, State.Spill);
    }

    private int Alias(int node)
    {
        while (_alias[node] != node) node = _alias[node] = _alias[_alias[node]];
        return node;
    }

    private void Freeze(int node)
    {
        Enter(node, State.Simplify);
        FreezeMoves(node);
    }

    private void FreezeMoves(int node)
    {
        foreach (int move in _moves[node])
        {
            if (_moveStates[move] == MoveState.Done) continue;
            Close(move);
            _moveWorklist.Remove(move);
            int x = Alias(_graph.Moves[move].Destination), y = Alias(_graph.Moves[move].Source);
            AddToSimplify(x == Alias(node) ? y : x);
        }
    }

    private double SpillCost(int node) => _members[node].Count == 0 ? double.MaxValue / 4 : _graph.Cost[node] / _graph.Degree[node];

    /// <summary>Takes the node that is cheapest to spill for the neighbours that it blocks. Costs rise as degrees fall; one that is out of date is put back.</summary>
    private void SelectSpill()
    {
        while (true)
        {
            (double cost, int node) = _spill.Min;
            if (SpillCost(node) > cost)
            {
                _spill.Remove((cost, node));
                _spill.Add((_spillCost[node] = SpillCost(node), node));
                continue;
            }
            Enter(node, State.Simplify);
            FreezeMoves(node);
            return;
        }
    }

    private void Assign()
    {
        while (_selected.Count > 0)
        {
            int node = _selected.Pop();
            uint free = (1u << Register.Allocatable) - 1;
            foreach (int neighbour in _graph.Neighbours[node])
            {
                int color = _color[Alias(neighbour)];
                if (color is >= 0 and < Register.Allocatable) free &= ~(1u << color);
            }
            if (free == 0)
            {
                Spill(node);
                continue;
            }
            _color[node] = Preferred(node, free);
        }
        for (int i = Register.FirstVirtual; i < _count; i++)
        {
            if (_state[i] == State.Coalesced) _color[i] = _color[Alias(i)];
        }
    }

    /// <summary>
    /// Gives up on a node: what was coalesced into it is spilled piece by piece, all but the temporaries, for which nothing would be won. A node
    /// of temporaries alone makes room at its cheapest neighbour's cost.
    /// </summary>
    private void Spill(int node)
    {
        if (_members[node].Count == 0)
        {
            int cheapest = -1;
            foreach (int neighbour in _graph.Neighbours[node].Select(Alias))
            {
                if (_members[neighbour].Count > 0 && (cheapest < 0 || _graph.Cost[neighbour] < _graph.Cost[cheapest])) cheapest = neighbour;
            }
            if (cheapest < 0) throw new InvalidOperationException("There are more values in one instruction than registers.");
            node = cheapest;
        }
        foreach (int member in _members[node])
        {
            if (_isSpilled.Add(member)) Spilled.Add(member);
        }
    }

    /// <summary>A register that makes a copy disappear, if one is free, else the lowest.</summary>
    private int Preferred(int node, uint free)
    {
        foreach (int move in _moves[node])
        {
            int x = Alias(_graph.Moves[move].Destination), y = Alias(_graph.Moves[move].Source);
            int color = _color[x == node ? y : x];
            if (color is >= 0 and < Register.Allocatable && (free >> color & 1) != 0) return color;
        }
        int lowest = 0;
        while ((free >> lowest & 1) == 0) lowest++;
        return lowest;
    }
}
