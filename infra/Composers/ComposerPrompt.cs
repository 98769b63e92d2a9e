using System.Text;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Composers;

/// <summary>The instructions to a model: a file, known by its digest. Another text is another digest, and so another request.</summary>
public sealed record ComposerPrompt(string Text)
{
    public static ComposerPrompt WordSkill { get; } = Read("word-skill");

    public string Digest { get; } = Domain.Ledger.Digest.Of(Text);

    public byte[] Bytes => Encoding.UTF8.GetBytes(Text);

    private static ComposerPrompt Read(string name)
    {
        var resource = $"Pipeline.Infra.Composers.Prompts.{name}.md";
        using var stream = typeof(ComposerPrompt).Assembly.GetManifestResourceStream(resource) ?? throw new InvalidOperationException($"no embedded prompt '{resource}'");
        using var reader = new StreamReader(stream);
        // A checkout may have given it other line endings.
        return new(reader.ReadToEnd().ReplaceLineEndings("\n"));
    }
}
