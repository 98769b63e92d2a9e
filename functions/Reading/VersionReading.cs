using System.Text;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.Functions.LedgerApi;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Reading;

/// <summary>What stands in versions, and who and which runs stand behind each section of it.</summary>
public sealed class VersionReading(SkillViews views, EventStore store, PurgedContents erasures)
{
    // How far back a section is followed; nobody reads further.
    private const int MostVersionsBack = 100;

    /// <summary>The package as its files are now, each checked against its digest.</summary>
    public async Task<ReadPackage> PackageAsync(VersionThen version, CancellationToken ct)
    {
        var manifest = version.Version.Package;
        try
        {
            var files = await views.FilesThereAsync(manifest, ct);
            return files.Count == manifest.Files.Count ? new(Package.Of(files), "") : await LackingAsync(version, files, ct);
        }
        catch (ContentCorruptedException e)
        {
            return new(Package.Of([]), e.Message);
        }
    }

    private async Task<ReadPackage> LackingAsync(VersionThen version, IReadOnlyList<PackageFile> files, CancellationToken ct)
    {
        var missing = version.Version.Package.Files.Select(f => f.Sha256).Except(files.Select(f => f.Sha256), StringComparer.Ordinal).ToList();
        var since = await erasures.OfAsync(EventContext.DefaultTenant, missing, version.By.Leaf ?? -1, ct);
        return new(Package.Of(files), since is { } leaf
            ? $"{missing.Count} of its files were erased with a data subject, since leaf {leaf}"
            : $"{missing.Count} of its files are missing from the content store")
        { ErasedSince = since };
    }

    /// <summary>The sections of a version by their headings, each with the version that wrote it as it stands and the evidence named for it.</summary>
    public async Task<IReadOnlyList<SectionThen>> SectionsAsync(SkillThen then, VersionThen version, CancellationToken ct)
    {
        var lineage = Lineage(then, version);
        var texts = new List<ILookup<string, string>>();
        foreach (var earlier in lineage) texts.Add(SectionsOf((await PackageAsync(earlier, ct)).Package.SkillText));
        var evidence = version.Content.Evidence.ToLookup(e => e.EvidenceId, StringComparer.Ordinal);
        return [.. texts[0].Select(section =>
        {
            var text = string.Join('\n', section);
            var since = lineage.Zip(texts).TakeWhile(earlier => earlier.Second.Contains(section.Key) && string.Join('\n', earlier.Second[section.Key]) == text).Last().First;
            var behind = version.Content.Sections.Where(s => s.Section == section.Key).SelectMany(s => s.EvidenceIds).Distinct(StringComparer.Ordinal);
            return new SectionThen(section.Key, text, since, [.. behind.SelectMany(id => evidence[id])]);
        })];
    }

    /// <summary>The runs behind a version as its family's record has them, in the version's order.</summary>
    public async Task<IReadOnlyList<EvidenceThen>> EvidenceAsync(SkillThen then, VersionThen version, LedgerMoment moment, CancellationToken ct)
    {
        if (version.Content.Evidence.Count == 0) return [];
        var family = then.Skill.FamilyId.Length == 0
            ? []
            : await store.ReadStreamAsOfAsync(EventContext.DefaultTenant, Streams.Of(Streams.Family, then.Skill.FamilyId), moment.Leaves, ct);
        var admitted = new Dictionary<string, (FamilyEvent.EvidenceAdmitted Then, RecordedEvent Now)>(StringComparer.Ordinal);
        var withdrawn = new Dictionary<string, RecordedEvent>(StringComparer.Ordinal);
        foreach (var recorded in family)
        {
            switch (recorded.Event)
            {
                case FamilyEvent.EvidenceAdmitted e:
                    // What was admitted again counts again.
                    withdrawn.Remove(e.EvidenceId);
                    admitted[e.EvidenceId] = (recorded.Leaf > version.By.Leaf && admitted.TryGetValue(e.EvidenceId, out var before) ? before.Then : e, recorded);
                    break;
                case FamilyEvent.EvidenceWithdrawn e:
                    withdrawn[e.EvidenceId] = recorded;
                    break;
            }
        }
        return [.. version.Content.Evidence.Select(e => admitted.TryGetValue(e.EvidenceId, out var there)
            ? new EvidenceThen(e, (FamilyEvent.EvidenceAdmitted)there.Now.Event)
            {
                CorrectedAt = ((FamilyEvent.EvidenceAdmitted)there.Now.Event).Outcome != there.Then.Outcome ? there.Now.Leaf : null,
                TakenFor = there.Then.Outcome,
                Withdrawn = withdrawn.GetValueOrDefault(e.EvidenceId),
            }
            : new EvidenceThen(e, null))];
    }

    /// <summary>What stands before the first section: frontmatter and title.</summary>
    public static string HeadOf(string skillText)
    {
        var first = skillText.StartsWith("## ", StringComparison.Ordinal) ? 0 : skillText.IndexOf("\n## ", StringComparison.Ordinal);
        return (first < 0 ? skillText : skillText[..first]).TrimEnd('\n');
    }

    // From the version back to the first, along its own skill.
    private static List<VersionThen> Lineage(SkillThen then, VersionThen version)
    {
        var lineage = new List<VersionThen> { version };
        while (lineage.Count < MostVersionsBack
            && lineage[^1].Version.Parents.FirstOrDefault(p => p.SkillId == then.Skill.Id && p.Version < lineage[^1].Number) is { } parent
            && then.Version(parent.Version) is { } earlier) lineage.Add(earlier);
        return lineage;
    }

    private static ILookup<string, string> SectionsOf(string text) => SkillDocument.SectionsOf(text).ToLookup(s => s.Heading, s => s.Text, StringComparer.Ordinal);
}

/// <param name="Problem">Why it is not all there; empty when it is.</param>
public sealed record ReadPackage(Package Package, string Problem)
{
    /// <summary>The leaf of the event that says that its missing files were erased; null where none are missing, or no event says so.</summary>
    public long? ErasedSince { get; init; }
}

/// <param name="Since">The version that wrote it so.</param>
/// <param name="Evidence">Episodes that the version names for it.</param>
public sealed record SectionThen(string Heading, string Text, VersionThen Since, IReadOnlyList<EvidenceReference> Evidence);

/// <param name="Admitted">As it is on record last; null where the family's record does not have it, such as evidence that came by a merge.</param>
public sealed record EvidenceThen(EvidenceReference Reference, FamilyEvent.EvidenceAdmitted? Admitted)
{
    /// <summary>What its run was held to have come to when the version was made.</summary>
    public Outcome? TakenFor { get; init; }

    /// <summary>The leaf that says otherwise since; null where nothing does.</summary>
    public long? CorrectedAt { get; init; }

    /// <summary>The event that says that it counts no more; null while it does.</summary>
    public RecordedEvent? Withdrawn { get; init; }
}
