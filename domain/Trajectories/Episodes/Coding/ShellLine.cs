using System.Text;

namespace Pipeline.Domain.Trajectories.Episodes.Coding;

/// <summary>Takes a shell line apart into its simple commands: quotes, pipes, lists, substitutions and here-documents, after POSIX
/// (IEEE Std 1003.1-2024, XCU chapter 2), as far as is needed to see what is run.</summary>
/// <remarks>Never fails and never runs anything: what is broken is read to its end as if it were whole. Each character is read once.</remarks>
public sealed class ShellLine
{
    /// <summary>Of a line; where there are as many, there may have been more.</summary>
    public const int MostCommands = 512;

    /// <summary>Of a command; where there are as many, there may have been more.</summary>
    public const int MostWords = 256;

    private const int MostCharacters = 1 << 20;
    private const int MostDepth = 12;
    private const int MostHereDocuments = 16;

    private readonly string _text;
    private readonly List<ShellCommand> _commands = [];
    private readonly List<HereDocument> _awaited = [];
    private int _at;

    private ShellLine(string text) => _text = text;

    /// <summary>In the order in which their heads stand in the line; those of a substitution before the command that uses them.</summary>
    public static IReadOnlyList<ShellCommand> Parse(string text)
    {
        var line = new ShellLine(text.Length <= MostCharacters ? text : text[..MostCharacters]);
        line.ReadList(end: '\0', depth: 0);
        return line._commands;
    }

    private bool IsOver => _at >= _text.Length || _commands.Count >= MostCommands;

    private void ReadList(char end, int depth)
    {
        var command = new Building();
        while (!IsOver)
        {
            var c = _text[_at];
            if (c == end)
            {
                _at++;
                break;
            }
            switch (c)
            {
                case '\n':
                    _at++;
                    command = Finish(command);
                    ReadHereDocuments();
                    break;
                case ' ' or '\t' or '\r':
                    _at++;
                    command.EndWord();
                    break;
                case '#' when !command.IsInWord:
                    _at = EndOfLine(_at);
                    break;
                case '&' when Next() == '>':
                    _at++;
                    break;
                case ';' or '|' or '&':
                    _at++;
                    command = Finish(command);
                    break;
                case '<' or '>':
                    ReadRedirection(command, depth);
                    break;
                case '(' when depth < MostDepth:
                    _at++;
                    command = Finish(command);
                    ReadList(')', depth + 1);
                    break;
                case '(' or ')':
                    _at++;
                    command = Finish(command);
                    break;
                default:
                    ReadInWord(command, depth);
                    break;
            }
        }
        Finish(command);
    }

    private void ReadInWord(Building command, int depth)
    {
        var c = _text[_at++];
        switch (c)
        {
            case '\\':
                if (_at < _text.Length && _text[_at++] is var escaped and not '\n') command.Append(escaped);
                break;
            case '\'':
                var close = IndexOf('\'', _at);
                command.Append(_text.AsSpan(_at, close - _at));
                _at = Math.Min(close + 1, _text.Length);
                break;
            case '"':
                ReadDoubleQuoted(command, depth);
                break;
            case '$' or '`':
                ReadExpansion(c, command, depth);
                break;
            default:
                command.Append(c);
                break;
        }
    }

    private void ReadDoubleQuoted(Building command, int depth)
    {
        command.Append("");
        while (!IsOver)
        {
            var c = _text[_at++];
            if (c == '"') return;
            if (c == '\\' && _at < _text.Length)
            {
                var escaped = _text[_at++];
                if (escaped is not ('"' or '\\' or '$' or '`' or '\n')) command.Append('\\');
                if (escaped != '\n') command.Append(escaped);
            }
            else if (c is '$' or '`') ReadExpansion(c, command, depth);
            else command.Append(c);
        }
    }

    // What a substitution runs is part of the line; what it gives is not known, and "$()" stands for it.
    private void ReadExpansion(char opening, Building command, int depth)
    {
        if (opening == '$' && _at < _text.Length && _text[_at] == '{')
        {
            var close = IndexOf('}', _at);
            command.Append("${").Append(_text.AsSpan(_at + 1, close - _at - 1)).Append('}');
            _at = Math.Min(close + 1, _text.Length);
            return;
        }
        var isSubstitution = opening == '`' || (_at < _text.Length && _text[_at] == '(');
        if (!isSubstitution || depth >= MostDepth)
        {
            command.Append(opening);
            return;
        }
        if (opening == '$') _at++;
        command.Append("$()");
        ReadList(opening == '$' ? ')' : '`', depth + 1);
    }

    private void ReadRedirection(Building command, int depth)
    {
        var isOutput = _text[_at] == '>';
        if (Next() == '(' && depth < MostDepth)
        {
            _at += 2;
            command.Append("$()");
            ReadList(')', depth + 1);
            return;
        }
        command.EndDescriptor();
        var start = _at;
        while (_at < _text.Length && _text[_at] is '<' or '>' or '|' && _at - start < 3) _at++;
        var isHereDocument = !isOutput && _at - start == 2 && _text[start + 1] == '<';
        var keepsTabs = true;
        if (isHereDocument && _at < _text.Length && _text[_at] == '-')
        {
            keepsTabs = false;
            _at++;
        }
        while (_at < _text.Length && _text[_at] is ' ' or '\t') _at++;
        if (_at < _text.Length && _text[_at] == '&')
        {
            // A copy of another descriptor: 2>&1.
            _at++;
            while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] == '-')) _at++;
            return;
        }
        var target = ReadTarget(depth);
        if (isHereDocument && _awaited.Count < MostHereDocuments) _awaited.Add(new(target, keepsTabs, command));
        else if (!isOutput && _at - start >= 3 && _text.AsSpan(start).StartsWith("<<<")) command.Input = target;
        else if (isOutput && target.Length > 0 && command.Writes.Count < MostWords) command.Writes.Add(target);
    }

    private string ReadTarget(int depth)
    {
        var target = new Building();
        while (!IsOver && _text[_at] is not (' ' or '\t' or '\r' or '\n' or ';' or '|' or '&' or '<' or '>' or '(' or ')')) ReadInWord(target, depth);
        target.EndWord();
        return target.Words.Count > 0 ? target.Words[0] : "";
    }

    // Where the line ends, the documents that its commands asked for begin, one after the other.
    private void ReadHereDocuments()
    {
        foreach (var (delimiter, keepsTabs, of) in _awaited)
        {
            var start = _at;
            var end = _text.Length;
            while (_at < _text.Length)
            {
                var endOfLine = EndOfLine(_at);
                var line = _text.AsSpan(_at, endOfLine - _at).TrimEnd('\r');
                var isEnd = (keepsTabs ? line : line.TrimStart('\t')).SequenceEqual(delimiter);
                if (isEnd) end = _at;
                _at = Math.Min(endOfLine + 1, _text.Length);
                if (isEnd) break;
            }
            of.Input = _text[start..end];
            if (of.Number is { } number) _commands[number] = of.ToCommand();
        }
        _awaited.Clear();
    }

    private Building Finish(Building command)
    {
        command.EndWord();
        if (!command.IsAnything || _commands.Count >= MostCommands) return new();
        command.Number = _commands.Count;
        _commands.Add(command.ToCommand());
        return new();
    }

    private char Next() => _at + 1 < _text.Length ? _text[_at + 1] : '\0';

    private int EndOfLine(int from) => IndexOf('\n', from);

    private int IndexOf(char c, int from)
    {
        var found = from >= _text.Length ? -1 : _text.IndexOf(c, from);
        return found < 0 ? _text.Length : found;
    }

    private sealed record HereDocument(string Delimiter, bool KeepsTabs, Building Of);

    private sealed class Building
    {
        private readonly StringBuilder _word = new();

        public List<string> Words { get; } = [];
        public List<string> Writes { get; } = [];
        public string Input { get; set; } = "";
        public bool IsInWord { get; private set; }

        /// <summary>Its place among the commands; null until it is finished.</summary>
        public int? Number { get; set; }

        public bool IsAnything => Words.Count > 0 || Writes.Count > 0;

        public Building Append(char c) => Append([c]);

        public Building Append(ReadOnlySpan<char> text)
        {
            IsInWord = true;
            _word.Append(text);
            return this;
        }

        public void EndWord()
        {
            if (IsInWord && Words.Count < MostWords) Words.Add(_word.ToString());
            _word.Clear();
            IsInWord = false;
        }

        /// <summary>The number of a descriptor before a redirection is no word: <c>2&gt;errors</c>.</summary>
        public void EndDescriptor()
        {
            if (_word is { Length: 1 } && char.IsAsciiDigit(_word[0])) IsInWord = false;
            EndWord();
        }

        public ShellCommand ToCommand() => new(Words, Writes, Input);
    }
}
