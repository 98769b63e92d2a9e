using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation.Security.Measures;
using Pipeline.Domain.Validation.Security.Reading;

namespace Pipeline.Domain.Validation.Security;

/// <summary>What shows in the files of a package: gathered file by file, so that no more than one of them is held taken apart.</summary>
internal sealed class Evidence(SecurityRuleset ruleset, IReadOnlyList<UnpackedFile> files)
{
    private readonly HashSet<string> names = files.Select(f => f.Path[(f.Path.LastIndexOfAny(['/', '!']) + 1)..].ToLowerInvariant())
        .SelectMany(n => n.EndsWith(".txt", StringComparison.Ordinal) ? [n, n[..^4]] : new[] { n }).ToHashSet(StringComparer.Ordinal);

    private readonly HashSet<string> known = ruleset.Rules.Packages.ToHashSet(StringComparer.Ordinal);

    private readonly string about = AboutOf(files);

    private readonly Lazy<HashSet<string>> run = new(() => RunNames.Of(files));

    public IReadOnlyList<UnpackedFile> Files => files;
    public List<FileFact> Facts { get; } = [];

    /// <summary>Of signals, rules and measures.</summary>
    public List<Hit> Hits { get; } = [];

    /// <summary>Line and columns of a hit, known while its file is read.</summary>
    public Dictionary<Hit, (int Column, int EndColumn)> Places { get; } = [];

    public void Add(FileFact fact) => Facts.Add(fact);

    public void Read(int index)
    {
        var file = files[index];
        var readings = FileText.Of(file.Content);
        Facts.AddRange(BinaryMeasures.Of(file, readings));
        Read(index, file.Path, readings.Text, readings.Text is not null);
        if (readings.Other is { } other) Read(index, file.Path, other, areCharacters: false);
    }

    private void Read(int index, string path, string? text, bool areCharacters)
    {
        var before = Hits.Count;
        var source = new SourceText(index, text ?? FileText.StringsOf(files[index].Content));
        var kind = text is null ? FileKind.Binary : FileKinds.Of(path, text);
        if (text is not null && areCharacters)
            foreach (var (measure, start, end, detail) in CharacterMeasures.Of(text, kind)) Hits.Add(new(measure, index, TextContext.None, start, end, source.LineOf(start), detail));
        foreach (var layer in Layers(source, kind, path)) Match(layer);
        foreach (var hit in Hits.Skip(before).Where(h => h.Start >= 0 && h.Context != TextContext.Path))
            Places.TryAdd(hit, (source.ColumnOf(hit.Start), source.ColumnOf(hit.Start) + Math.Max(1, Math.Min(hit.End, source.EndOfLine(hit.Start)) - hit.Start)));
    }

    private IEnumerable<Layer> Layers(SourceText source, FileKind kind, string path)
    {
        yield return new SourceText(source.File, path).Whole(TextContext.Path);
        var whole = source.Whole(kind switch
        {
            FileKind.Script => TextContext.Script,
            FileKind.Binary => TextContext.Strings,
            FileKind.Document => TextContext.None,
            _ => TextContext.Config,
        });
        var program = source.Whole(TextContext.Script);
        IEnumerable<Layer> parts = kind switch
        {
            FileKind.Document when IsRun(path) => new[] { program }.Concat(ScriptLayers.Of(program)).Concat(DocumentLayers.Of(whole, IsSkill(path))).Concat(HiddenText.Of(whole)),
            FileKind.Document => DocumentLayers.Of(whole, IsSkill(path)).Concat(HiddenText.Of(whole)),
            FileKind.Script => new[] { whole }.Concat(ScriptLayers.Of(whole)).Concat(HiddenText.Of(whole)),
            FileKind.Markup => new[] { whole }.Concat(DocumentLayers.Of(whole, hasHead: false)).Concat(HiddenText.Of(whole)),
            _ => new[] { whole }.Concat(HiddenText.Of(whole)),
        };
        foreach (var part in parts)
        {
            yield return part;
            if (part.Context is (TextContext.Block or TextContext.Inline) && Concatenation.Undo(part.Text) is { } joined) yield return part.Part(part.Context, joined.Text, joined.Indexes);
        }
        var decoding = new Decoding(ruleset.Rules.Limits, source.Text.Length);
        foreach (var decoded in decoding.Of(whole)) yield return decoded;
        if (decoding.IsExhausted) Facts.Add(new(SecurityMeasures.DecodingExhausted, path, "more is encoded than is undone"));
        Facts.AddRange(decoding.Carried.Select(c => new FileFact(c.Measure, path, c.Kind)));
    }

    private bool IsRun(string path) => !FileKinds.IsProseByName(path) || run.Value.Contains(RunNames.NameOf(path));

    private void Match(Layer layer)
    {
        foreach (var matcher in ruleset.Matchers)
            if (matcher.LooksAt(layer.Context) && !matcher.Match(layer, Hits)) Facts.Add(new(SecurityMeasures.TooManyMatches, files[layer.Source.File].Path, $"more than {Matcher.MostLines} lines of {matcher.Id}"));
        if (layer.Context is TextContext.Bare or TextContext.Frontmatter or TextContext.Hidden) Hits.AddRange(PackageMeasures.MissingScripts(layer, names));
        if (layer.Context is TextContext.Prose) Hits.AddRange(PackageMeasures.MisleadingLinks(layer));
        if (layer.Context is TextContext.Prose or TextContext.Block or TextContext.Script or TextContext.Decoded or TextContext.Hidden) Hits.AddRange(HostMeasures.Unrelated(layer, about));
        if (layer.Context is TextContext.Prose or TextContext.Block or TextContext.Script or TextContext.Decoded or TextContext.Hidden) Hits.AddRange(PackageMeasures.LookAlikes(layer, known));
    }

    private static bool IsSkill(string path) => path[(path.LastIndexOfAny(['/', '!']) + 1)..].Equals(Package.SkillFile, StringComparison.OrdinalIgnoreCase);

    /// <summary>What the skill says it is about: the fields and the title of its SKILL.md, in lower case.</summary>
    private static string AboutOf(IReadOnlyList<UnpackedFile> files)
    {
        const int longest = 4000;
        if (files.FirstOrDefault(f => IsSkill(f.Path)) is not { } file) return "";
        var text = FileText.Of(file.Content[..Math.Min(file.Content.Length, longest)]).Text ?? "";
        var lines = text.Split('\n');
        var end = lines[0].TrimEnd() == "---" ? Array.FindIndex(lines, 1, l => l.TrimEnd() == "---") : 0;
        return string.Join(' ', lines.Take(Math.Max(0, end)).Concat(lines.Skip(Math.Max(0, end)).Where(l => l.StartsWith('#')).Take(1))).ToLowerInvariant();
    }
}
