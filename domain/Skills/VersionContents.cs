using Pipeline.Domain.Ledger;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Domain.Skills;

/// <summary>What each version of a skill came with, as its stream tells it. A version that was restored has the content of the one that it restores.</summary>
public static class VersionContents
{
    /// <returns>By version number.</returns>
    public static IReadOnlyDictionary<int, VersionContent> Of(IEnumerable<ILedgerEvent> stream)
    {
        var contents = new Dictionary<int, VersionContent>();
        foreach (var @event in stream)
        {
            var (number, content) = @event switch
            {
                SkillCreated e => (1, e.Content),
                SkillImproved e => (e.Version, e.Content),
                SkillMerged e => (e.Version, e.Content),
                SkillRolledBack e => (e.Version, contents.GetValueOrDefault(e.RestoredVersion)),
                MergeUndone { Version: { } made, RestoredVersion: { } restored } => (made, contents.GetValueOrDefault(restored)),
                _ => (0, null),
            };
            if (content is not null) contents[number] = content;
        }
        return contents;
    }
}
