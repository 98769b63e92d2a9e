using System.Text;
using System.Text.Json;
using Azure.Search.Documents.Models;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>A version as a document of the index, and back.</summary>
internal static class DocumentForm
{
    // The service takes 16 MB in a request; far less of a body is worth searching.
    private const int MostBody = 1_000_000;

    /// <summary>A key takes letters, digits, dashes and underscores, and an id any character: so the key is a digest.</summary>
    public static string KeyOf(string tenant, string skillId, int version) => Digest.Short(FormattableString.Invariant($"{tenant.Length}:{tenant}{skillId.Length}:{skillId}@{version}"), 64);

    /// <summary>A skill's id in a form that a list in a filter can have.</summary>
    public static string SkillKey(string tenant, string skillId) => KeyOf(tenant, skillId, 0);

    /// <param name="vector">Null: there is none, or not yet.</param>
    /// <returns>The document, and the digest of all but when it was changed.</returns>
    public static (SearchDocument Document, string Stamp) Of(IndexedVersion v, ReadOnlyMemory<float>? vector, string definition)
    {
        var body = Shortened(SkillDocument.BodyOf(v.Text));
        var document = new SearchDocument
        {
            ["key"] = KeyOf(v.Tenant, v.SkillId, v.Version),
            ["tenant"] = v.Tenant,
            ["skill"] = SkillKey(v.Tenant, v.SkillId),
            ["skillId"] = v.SkillId,
            ["name"] = v.Name,
            ["description"] = v.Description,
            ["body"] = body,
            [IndexDefinition.TermsOf("name")] = TermsOf(v.Name),
            [IndexDefinition.TermsOf("description")] = TermsOf(v.Description),
            [IndexDefinition.TermsOf("body")] = TermsOf(body),
            ["version"] = v.Version,
            ["digest"] = v.Digest,
            ["environment"] = v.Environment,
            ["kind"] = v.Kind.ToString(),
            ["tier"] = (int)v.Tier,
            ["aliases"] = v.Aliases.ToArray(),
            ["model"] = v.Model,
            ["variantOf"] = v.VariantOf,
            ["standing"] = InvertedIndex.StandingOf(v.Name, v.Kind, v.Environment),
        };
        if (vector is { } numbers) document[IndexDefinition.Vector] = numbers.ToArray();
        var stamp = Digest.Of(definition + JsonSerializer.Serialize<IDictionary<string, object>>(document));
        document["leaf"] = v.Leaf;
        document["stamp"] = stamp;
        return (document, stamp);
    }

    public static SkillHit HitOf(SearchDocument d, double score) => new(d.GetString("skillId"), d.GetString("name"), d.GetInt32("version")!.Value, d.GetString("digest"), d.GetString("description"), score)
    {
        Environment = d.GetString("environment"),
        Kind = Enum.Parse<SkillKind>(d.GetString("kind")),
        Tier = (Tier)d.GetInt32("tier")!.Value,
        VariantOf = d.GetString("variantOf"),
        Model = d.GetString("model"),
    };

    private static string TermsOf(string text)
    {
        var terms = new StringBuilder();
        foreach (var term in SearchTerms.Of(text).TakeWhile(t => terms.Length + t.Length < MostBody)) terms.Append(term).Append(' ');
        return terms.ToString();
    }

    private static string Shortened(string text) => text.Length <= MostBody ? text : text[..(char.IsHighSurrogate(text[MostBody - 1]) ? MostBody - 1 : MostBody)];
}
