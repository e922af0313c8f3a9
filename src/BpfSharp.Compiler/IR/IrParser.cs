using BpfSharp.Objects;

namespace BpfSharp.Compiler.IR;

/// <summary>Reads modules from the text that <see cref="IrPrinter"/> writes.</summary>
public static partial class IrParser
{
    /// <summary>The module that a text stands for.</summary>
    /// <exception cref="FormatException">The text is not IR; the message names the line.</exception>
    public static Module Parse(string text)
    {
        IrLexer lexer = new(text);
        Module module = new();
        while (!lexer.AtEnd)
        {
            string word = lexer.Word();
            switch (word)
            {
                case "license": module.License = lexer.Quoted(); break;
                case "type":
                    if (lexer.Integer() != module.Types.Count + 1) throw lexer.Error("types are numbered from 1 on");
                    module.Types.Add(ParseType(lexer));
                    break;
                case "kernel": module.MinimumKernel = (lexer.Integer(), lexer.Integer()); break;
                case "map":
                    MapSpec map = ParseMap(lexer);
                    module.Maps.Add(map);
                    if (lexer.TakeWord("debug")) module.MapDebugIds[map.Name] = lexer.Integer();
                    break;
                case "global": module.Globals.Add(ParseGlobal(lexer)); break;
                case "function": module.Functions.Add(new FunctionReader(lexer).Read()); break;
                default: throw lexer.Error($"'{word}' is not a declaration");
            }
            lexer.NextLine();
        }
        return module;
    }

    /// <summary>Reads one function.</summary>
    private sealed class FunctionReader(IrLexer lexer)
    {
        private readonly Dictionary<int, Block> _blocks = [];
        private readonly List<Block> _order = [];
        private Function _function = null!;
        private Value?[] _values = [];
        private bool[] _defined = [];
        private int _nextVoid;

        internal Function Read()
        {
            _function = new Function(lexer.Symbol());
            while (!lexer.Take('('))
            {
                string word = lexer.Word();
                switch (word)
                {
                    case "section": _function.Section = lexer.Quoted(); break;
                    case "returns": _function.ReturnType = Type(); break;
                    case "fault": _function.FaultResult = lexer.Number(); break;
                    case "inline": _function.Inline = (InlineHint)Index(IrText.InlineNames, lexer.Word()); break;
                    case "global": _function.IsGlobal = true; break;
                    case "btf": _function.BtfTypeId = lexer.Integer(); break;
                    case "debug": _function.DebugId = lexer.Integer(); break;
                    default: throw lexer.Error($"'{word}' is not a function's attribute");
                }
            }
            while (!lexer.Take(')')) _function.Parameters.Add(new Parameter(Type(), lexer.Quoted()));
            lexer.Expect('{');
            lexer.NextLine();
            CountValues();
            ReadBody();
            for (int i = 0; i < _values.Length; i++)
            {
                if (_values[i] is not null && !_defined[i]) throw lexer.Error($"%{i} is used in @{_function.Name} and not defined");
            }
            HashSet<Block> ordered = [.. _order];
            foreach (KeyValuePair<int, Block> pair in _blocks)
            {
                if (!ordered.Contains(pair.Value)) throw lexer.Error($"b{pair.Key} is used in @{_function.Name} and not defined");
            }
            _function.Blocks.Clear();
            _function.Blocks.AddRange(_order);
            return _function;
        }

        /// <summary>Finds the highest value number, so that values without one get numbers behind it.</summary>
        private void CountValues()
        {
            string text = lexer.Text;
            int highest = -1;
            for (int i = lexer.Position; i < text.Length && !(text[i] == '}' && text[i - 1] == '\n'); i++)
            {
                if (text[i] != '%') continue;
                int number = 0;
                int digits = 0;
                for (i++; i < text.Length && text[i] is >= '0' and <= '9' && digits < 8; i++, digits++) number = (number * 10) + (text[i] - '0');
                if (digits > 0) highest = Math.Max(highest, number);
                i--;
            }
            _values = new Value?[highest + 1];
            _defined = new bool[highest + 1];
            _nextVoid = highest + 1;
        }

        private void ReadBody()
        {
            Block? block = null;
            while (true)
            {
                if (lexer.AtEnd) throw lexer.Error("a function without end");
                if (lexer.Take('}')) return;
                if (lexer.TakeWord("slot")) ReadSlot();
                else if (TryBlock() is { } started) block = started;
                else if (block is null) throw lexer.Error("a block expected");
                else ReadValue(block);
                lexer.NextLine();
            }
        }

        private void ReadSlot()
        {
            if (lexer.Integer() != _function.Slots.Count) throw lexer.Error("slots are numbered from 0 on");
            if (!lexer.TakeWord("size")) throw lexer.Error("'size' expected");
            int size = lexer.Integer();
            if (!lexer.TakeWord("align")) throw lexer.Error("'align' expected");
            int alignment = lexer.Integer();
            _function.AddSlot(size, alignment, lexer.Peek == '"' ? lexer.Quoted() : "");
        }

        private Block? TryBlock()
        {
            int start = lexer.Position;
            if (lexer.Peek != 'b') return null;
            string word = lexer.Word();
            if (!lexer.Take(':'))
            {
                lexer.Position = start;
                return null;
            }
            Block block = BlockNamed(word);
            if (block.Values.Count > 0 || _order.Count > 0 && _order[_order.Count - 1] == block) throw lexer.Error($"{word} is there twice");
            _order.Add(block);
            while (!lexer.AtEndOfLine) block.Predecessors.Add(BlockNamed(lexer.Word()));
            return block;
        }

        private Block BlockNamed(string word)
        {
            int id = 0;
            for (int i = 1; i < word.Length && id >= 0; i++) id = word[i] is >= '0' and <= '9' && i < 9 ? (id * 10) + (word[i] - '0') : -1;
            if (word.Length < 2 || word[0] != 'b' || id < 0) throw lexer.Error($"'{word}' is not a block");
            if (!_blocks.TryGetValue(id, out Block? block)) _blocks[id] = block = _function.AddBlock(id);
            return block;
        }

        private void ReadValue(Block block)
        {
            Value value;
            if (lexer.Take('%'))
            {
                int id = lexer.Integer();
                lexer.Expect('=');
                Op op = ReadOp();
                IrType type = Type();
                value = ValueNamed(id);
                if (_defined[id]) throw lexer.Error($"%{id} is defined twice");
                _defined[id] = true;
                value.Op = op;
                value.Type = type;
            }
            else
            {
                value = _function.NewValue(_nextVoid++, ReadOp(), IrType.Void);
            }
            while (lexer.Take('%')) value.Arguments.Add(ValueNamed(lexer.Integer()));
            ReadAttributes(value, block);
            block.Append(value);
        }

        private void ReadAttributes(Value value, Block block)
        {
            while (!lexer.AtEndOfLine)
            {
                switch (lexer.Peek)
                {
                    case '#':
                        lexer.Expect('#');
                        value.Immediate = lexer.Number();
                        break;
                    case '@': value.Symbol = lexer.Symbol(); break;
                    case '"': value.Name = lexer.Quoted(); break;
                    case '!':
                        lexer.Expect('!');
                        value.DebugId = lexer.Integer();
                        break;
                    case '-':
                        lexer.Expect('-');
                        lexer.Expect('>');
                        while (!lexer.AtEndOfLine && lexer.Peek == 'b') block.Successors.Add(BlockNamed(lexer.Word()));
                        break;
                    case 'a':
                        if (!lexer.TakeWord("align")) throw lexer.Error("'align' expected");
                        value.Alignment = lexer.Integer();
                        break;
                    case 'c':
                        if (!lexer.TakeWord("core")) throw lexer.Error("'core' expected");
                        lexer.Expect('(');
                        value.Core = new CoreAccess(lexer.Integer(), lexer.Quoted(), (CoreRelocationKind)lexer.Integer());
                        lexer.Expect(')');
                        break;
                    default: value.Access = (Access)Index(IrText.AccessNames, lexer.Word()); break;
                }
            }
        }

        private Value ValueNamed(int id)
        {
            if (id < 0 || id >= _values.Length) throw lexer.Error($"%{id} is not a value");
            return _values[id] ??= _function.NewValue(id, Op.Const, IrType.Void);
        }

        private Op ReadOp()
        {
            string word = lexer.Word();
            return IrText.TryParseOp(word, out Op op) ? op : throw lexer.Error($"'{word}' is not an operation");
        }

        private IrType Type()
        {
            string word = lexer.Word();
            return IrText.TryParseType(word, out IrType type) ? type : throw lexer.Error($"'{word}' is not a type");
        }

        private int Index(string[] names, string word)
        {
            int index = Array.IndexOf(names, word);
            return index >= 0 ? index : throw lexer.Error($"'{word}' is not one of {string.Join(" ", names)}");
        }
    }
}
