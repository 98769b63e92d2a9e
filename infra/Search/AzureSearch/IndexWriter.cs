using System.Collections.Immutable;
using Azure.Search.Documents;
using Azure.Search.Documents.Models;
using Pipeline.Infra.Search.Embeddings;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>Puts skills as they are into an index, and takes out what is no longer to be found. Doing it again changes nothing, and what is older
/// than what is on record is passed over.</summary>
/// <param name="fields">Those that the index has; null: all that a document has.</param>
internal sealed class IndexWriter(SearchClient documents, string index, IndexLog log, SkillEmbeddings embeddings, string definition, TimeProvider time, IReadOnlySet<string>? fields = null)
{
    public string Index => index;

    /// <summary>Of what was sent last and taken, by key, the stamp; null for what was taken out.</summary>
    public IReadOnlyDictionary<string, string?> Last { get; private set; } = ImmutableDictionary<string, string?>.Empty;

    /// <param name="anyway">Keys of documents that are sent although the record says that they are there.</param>
    /// <returns>How many documents were sent.</returns>
    public async Task<int> WriteAsync(IReadOnlyList<IndexedSkill> skills, CancellationToken ct, IReadOnlySet<string>? anyway = null)
    {
        var logged = await log.DocumentsAsync(index, [.. skills.Select(s => (s.Tenant, s.SkillId))], ct);
        var wanted = (await FormsAsync([.. skills.SelectMany(s => s.Versions)], embeddings, definition, ct)).ToDictionary(f => f.Key, StringComparer.Ordinal);
        var leaves = skills.ToDictionary(s => (s.Tenant, s.SkillId), s => s.Leaf);

        List<LoggedDocument> rows = [];
        List<IndexDocumentsAction<SearchDocument>> actions = [];
        foreach (var (key, form) in wanted)
        {
            var before = logged.GetValueOrDefault(key);
            if (before is not null && before.Leaf > form.Version.Leaf) continue;
            rows.Add(new(key, form.Version.Tenant, form.Version.SkillId, form.Version.Version, form.Version.Leaf, form.Stamp, LoggedDocument.There));
            if (before is not { State: LoggedDocument.There } || before.Stamp != form.Stamp || anyway?.Contains(key) == true)
                actions.Add(IndexDocumentsAction.MergeOrUpload(Known(form.Document)));
        }
        foreach (var gone in logged.Values.Where(d => d.State != LoggedDocument.Gone && !wanted.ContainsKey(d.Key) && d.Leaf <= leaves[(d.Tenant, d.SkillId)]))
        {
            rows.Add(gone with { Leaf = leaves[(gone.Tenant, gone.SkillId)], Stamp = "", State = LoggedDocument.Gone, Problem = "" });
            actions.Add(Deletion(gone.Key));
        }
        await SendAsync(actions, rows, ct);
        return actions.Count;
    }

    /// <summary>Takes out what nobody asks for and the record may know nothing of.</summary>
    /// <returns>How many the service did take out.</returns>
    public async Task<int> RemoveAsync(IReadOnlyCollection<string> keys, CancellationToken ct)
    {
        var logged = await log.DocumentsAsync(index, keys, ct);
        var done = await SendAsync([.. keys.Select(Deletion)], [.. logged.Values.Select(d => d with { Stamp = "", State = LoggedDocument.Gone, Problem = "" })], ct);
        return done.Count(d => d.Value.Length == 0);
    }

    /// <summary>Versions as documents, with the embeddings that there are.</summary>
    internal static async Task<IReadOnlyList<DocumentOfVersion>> FormsAsync(IReadOnlyList<IndexedVersion> versions, SkillEmbeddings embeddings, string definition, CancellationToken ct)
    {
        var texts = embeddings.IsOn ? versions.Select(v => IndexedVersion.DigestOf(v.EmbeddedText(embeddings.MostCharacters))).ToList() : [];
        var vectors = embeddings.IsOn ? await embeddings.StoredAsync([.. texts.Distinct(StringComparer.Ordinal)], ct) : null;
        return [.. versions.Select((v, i) =>
        {
            var (document, stamp) = DocumentForm.Of(v, vectors is not null && vectors.TryGetValue(texts[i], out var vector) ? (ReadOnlyMemory<float>?)vector : null, definition);
            return new DocumentOfVersion(document.GetString("key"), v, document, stamp);
        })];
    }

    private async Task<IReadOnlyDictionary<string, string>> SendAsync(List<IndexDocumentsAction<SearchDocument>> actions, List<LoggedDocument> rows, CancellationToken ct)
    {
        var sent = actions.Select(a => a.Document.GetString("key")).ToHashSet(StringComparer.Ordinal);
        // Whoever dies from here on has left word of what the service may have got: it is taken out if nobody asks for it then.
        await log.PutAsync(index, [.. rows.Where(r => r.State == LoggedDocument.There && sent.Contains(r.Key)).Select(r => r with { State = LoggedDocument.Sending, Stamp = "" })], ct);
        var done = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            await new DocumentUpload(documents, time).SendAsync(actions, done, ct);
        }
        catch
        {
            // What was taken is on record, so that only the rest is sent with the next try.
            await log.PutAsync(index, [.. rows.Where(r => done.ContainsKey(r.Key)).Select(r => AsTold(r, done[r.Key]))], CancellationToken.None);
            throw;
        }
        await log.PutAsync(index, rows.ConvertAll(r => AsTold(r, done.GetValueOrDefault(r.Key, ""))), ct);
        if (sent.Count > 0)
            Last = rows.Where(r => done.GetValueOrDefault(r.Key) == "").ToDictionary(r => r.Key, r => r.State == LoggedDocument.There ? r.Stamp : null, StringComparer.Ordinal);
        return done;
    }

    private static IndexDocumentsAction<SearchDocument> Deletion(string key) => IndexDocumentsAction.Delete(new SearchDocument { ["key"] = key });

    private SearchDocument Known(SearchDocument document) => fields is null ? document : new(document.Where(f => fields.Contains(f.Key)).ToDictionary(StringComparer.Ordinal));

    private static LoggedDocument AsTold(LoggedDocument row, string problem) =>
        problem.Length == 0 ? row : row with { State = LoggedDocument.Refused, Stamp = "", Problem = problem };
}

internal sealed record DocumentOfVersion(string Key, IndexedVersion Version, SearchDocument Document, string Stamp);
