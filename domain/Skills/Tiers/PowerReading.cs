using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Episodes.Coding;
using Pipeline.Domain.Validation.Spec;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>Collects what the files of a package can make an agent reach and do.</summary>
internal sealed partial class PowerReading
{
    public const int Most = 2000;
    private const int LongestName = 200;
    private const int LongestText = 1 << 20;

    private static readonly string[] s_text = [".md", ".markdown", ".txt", ".rst"];
    private static readonly string[] s_tables = [".csv", ".css"];
    private static readonly string[] s_settings = [".json", ".yaml", ".yml", ".toml", ".xml", ".html", ".svg"];
    private static readonly string[] s_media =
    [
        ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".ico", ".pdf", ".woff", ".woff2", ".ttf", ".otf", ".mp3", ".wav", ".mp4", ".webm", ".docx", ".xlsx", ".pptx",
    ];

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Names => _names;

    public bool IsFull => _names.Count > Most;

    /// <summary>Whether a file is a program whatever its mode: its first line says what runs it, or it is neither text nor settings nor a medium.</summary>
    public static bool IsProgram(PackageFile file)
    {
        ReadOnlySpan<byte> content = file.Content;
        if (content.StartsWith("\uFEFF"u8)) content = content[3..];
        if (content.StartsWith("#!"u8)) return true;
        if (HasExtension(file.Path, s_text) || HasExtension(file.Path, s_tables) || HasExtension(file.Path, s_settings)) return false;
        // A text that is called a picture is none.
        return !((content.Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(content)) && HasExtension(file.Path, s_media));
    }

    public void AddFrontmatter(FrontmatterReading frontmatter, PackageFile skillFile)
    {
        // What agents make of a frontmatter that the specification does not allow is theirs to say.
        if (frontmatter.Problem.Length > 0) Add("frontmatter", $"that cannot be read {skillFile.Sha256}");
        foreach (var (key, value) in frontmatter.Fields)
        {
            if (key.Replace('_', '-').Equals("allowed-tools", StringComparison.OrdinalIgnoreCase))
            {
                foreach (Match word in Permission().Matches(string.Join('\n', Texts(value)))) Add("permission", word.Value);
            }
            else if (!SkillSpecification.AllowedFields.Contains(key))
            {
                Add("frontmatter", $"{key} {HashOf(Texts(value))}");
            }
        }
    }

    public void AddFile(PackageFile file)
    {
        if (file.Content.Length > LongestText || file.Content.AsSpan().Contains((byte)0))
        {
            // No text that could be read for what it does: any change of it may be a new power.
            Add("binary", $"{file.Path} {file.Sha256}");
            return;
        }
        var text = Encoding.UTF8.GetString(file.Content).TrimStart('\uFEFF');
        foreach (var host in PowerHosts.In(text)) Add("host", host);
        var isScript = text.StartsWith("#!", StringComparison.Ordinal);
        var isText = HasExtension(file.Path, s_text);
        if (isText) AddMarkdown(file.Path, text);
        if (isScript ? IsShell(text) : HasExtension(file.Path, ".sh", ".bash", ".zsh") || (isText && file.Mode == PackageFile.Executable)) AddShellScript(file, text);
        else if (isScript || !(isText || HasExtension(file.Path, s_tables)))
        {
            // A program, or settings that something acts on, and nobody here reads them: every change is a new one.
            Add(HasExtension(file.Path, s_settings) ? "file" : "script", $"{file.Path} {file.Sha256}");
        }
    }

    private void AddShellScript(PackageFile file, string text)
    {
        Add("script", file.Path);
        if (!AddCommands(text, isQuoted: false)) Add("script", $"{file.Path} {file.Sha256}");
    }

    private void AddMarkdown(string path, string markdown)
    {
        foreach (var code in MarkdownCode.In(markdown))
        {
            var isTold = code.Kind switch
            {
                CodeKind.Data => true,
                CodeKind.Quoted => AddCommands(code.Text, isQuoted: true),
                CodeKind.Other => false,
                // A quote that one line leaves open may hide what the next ones run, and the other way round.
                _ => AddCommands(code.Text, isQuoted: false) & code.Text.Split('\n').Aggregate(true, (told, line) => AddCommands(line, isQuoted: false) & told),
            };
            if (!isTold && code.Kind != CodeKind.Unlabelled) Add("code", $"in {path} {HashOf([code.Text])}");
        }
    }

    /// <returns>Whether everything that is run there could be told.</returns>
    private bool AddCommands(string shell, bool isQuoted)
    {
        var commands = ShellLine.Parse(shell);
        var isTold = commands.Count < ShellLine.MostCommands;
        foreach (var command in commands)
        {
            if (command.Words is ["sudo" or "doas", ..]) Add("command", command.Words[0]);
            var head = CommandHead.Of(command.Words);
            // In backticks stand names and values too: only a program that is known for one counts there.
            if (isQuoted && !CommandWords.IsKnown(head.Program)) continue;
            if (head.Name.Length > 0) Add("command", head.Name);
            foreach (var host in PowerHosts.Of(head)) Add("host", host);
            isTold &= UntoldCommand.IsTold(command, head, isQuoted);
        }
        return isTold;
    }

    private void Add(string kind, string name)
    {
        if (name.Length > 0 && !IsFull) _names.Add($"{kind} {(name.Length <= LongestName ? name : $"{name[..(LongestName - 20)]}… {Digest.Short(name, 12)}")}");
    }

    private static IEnumerable<string> Texts(FrontmatterValue value) => value switch
    {
        FrontmatterValue.Scalar scalar => [scalar.Text],
        FrontmatterValue.Sequence sequence => sequence.Items.SelectMany(Texts),
        FrontmatterValue.Mapping mapping => mapping.Fields.OrderBy(f => f.Key, StringComparer.Ordinal).SelectMany(f => Texts(f.Value).Prepend(f.Key)),
        _ => [],
    };

    private static string HashOf(IEnumerable<string> texts) => Digest.Short(CanonicalJson.Text(texts.ToArray()), 16);

    // The first line says who runs the file, whatever it is called. With more than options it is a program of its own.
    private static bool IsShell(string script)
    {
        var end = script.IndexOf('\n', StringComparison.Ordinal);
        var words = script[2..(end < 0 ? script.Length : end)].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
        var program = words.FirstOrDefault("");
        var isByName = program.EndsWith("/env", StringComparison.Ordinal) && words.Length > 1;
        if (isByName) program = words[1];
        return program[(program.LastIndexOf('/') + 1)..] is "sh" or "bash" or "zsh" or "dash" or "ksh" && words.Skip(isByName ? 2 : 1).All(w => w[0] == '-' && !w.Contains('c', StringComparison.Ordinal));
    }

    private static bool HasExtension(string path, params ReadOnlySpan<string> extensions)
    {
        foreach (var extension in extensions)
            if (path.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    [GeneratedRegex("[^\\s,\\[\\]\"'(]+(\\([^)]*\\))?", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Permission();
}
