namespace Pipeline.Infra.Archives;

/// <summary>The contents of an archive, held against what its leaves name.</summary>
/// <param name="audit">Has taken all leaves.</param>
internal sealed class ArchiveContents(ArchiveDirectory directory, ArchiveManifest manifest, ArchiveAudit audit)
{
    private readonly List<ArchivedContent> _there = [];
    private readonly List<string> _erased = [];
    private readonly List<(string, string, long)> _absent = [];

    public IReadOnlyList<ArchivedContent> There => _there;
    public IReadOnlyList<string> Erased => _erased;
    public IReadOnlyList<(string Digest, string What, long Leaf)> Absent => _absent;
    public long Bytes { get; private set; }

    /// <exception cref="ArchiveException">One is missing, changed, or none of theirs.</exception>
    public async Task CheckAsync(Action<long, long, string> progress, CancellationToken ct)
    {
        var (listed, read, before, done) = (new DigestSet(), new DigestSet(), "", 0L);
        await foreach (var content in directory.ReadListAsync<ArchivedContent>(manifest.Contents, ct))
        {
            if (content.Sha256 is null || !audit.Named.Contains(content.Sha256)) throw Wrong($"no event names the content {content.Sha256}");
            if (string.CompareOrdinal(content.Sha256, before) <= 0) throw Wrong($"{content.Sha256} stands where it cannot: a content comes once, and in the order of the digests");
            before = content.Sha256;
            listed.Add(content.Sha256);
            if (content.Erased != audit.IsErased(content.Sha256)) throw Wrong(content.Erased
                ? $"{content.Sha256} is said to be erased, and no event says so" : $"{content.Sha256} was erased with a data subject, and is in the archive");
            if (content.Erased) _erased.Add(content.Sha256);
            else if (content.Absent is true) TakeAbsent(content.Sha256);
            else
            {
                Bytes += (await directory.ReadContentAsync(content, ct)).LongLength;
                read.Add(content.Sha256);
                _there.Add(content);
            }
            progress(++done, manifest.Contents.Count, "contents");
        }
        if (audit.FirstMissingFile(read) is { } file) throw new ArchiveException(ArchiveDirectory.NameOf(file), "a version's file is not in the archive, and no event says that it was erased");
        foreach (var (digest, (what, leaf)) in audit.Cited)
            if (!listed.Contains(digest) && !audit.IsErased(digest))
                throw new ArchiveException(ArchiveDirectory.NameOf(digest), FormattableString.Invariant($"{what}, which leaf {leaf} names, is not in the archive, and nothing says that it was erased or was absent when it was exported"));
    }

    private void TakeAbsent(string digest)
    {
        if (audit.IsFile(digest)) throw Wrong($"{digest} is said to have been absent, and is a version's file: without it there is no archive");
        var (what, leaf) = audit.CitedAs(digest) ?? throw Wrong($"{digest} is said to have been absent, and no event says that there was such a content");
        _absent.Add((digest, what, leaf));
    }

    private ArchiveException Wrong(string problem) => new(manifest.Contents.File, problem);
}
