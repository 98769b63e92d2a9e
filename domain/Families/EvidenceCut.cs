using System.Globalization;

namespace Pipeline.Domain.Families;

/// <summary>How much of a family's evidence a judgement took in: its first so many admissions and withdrawals. A stream only grows, so that says
/// which evidence it was, to the byte.</summary>
public sealed record EvidenceCut(string FamilyId, int Through)
{
    // As curation's own decision points grow by default; a constant here, since it is part of what a verdict is about.
    private const double Growth = 1.5;

    /// <summary>How far skills of a family are judged by its evidence as it stands: up to where it last grew by half, a correction or a withdrawal, or
    /// what a version was made from, whichever came last. A function of the family's stream; null of a family without evidence.</summary>
    public static EvidenceCut? Of(Family family)
    {
        if (family.EvidenceEvents == 0) return null;
        var point = 1;
        for (var next = point; next <= family.EvidenceEvents; next = Math.Max(next + 1, (int)Math.Floor(next * Growth))) point = next;
        return new(family.Id, Math.Max(point, family.Marked));
    }

    /// <summary>As jobs and tiers compare it: the same for the same cuts in the same order; empty for none.</summary>
    public static string TextOf(IEnumerable<EvidenceCut>? cuts) =>
        string.Join('\n', (cuts ?? []).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Through}@{c.FamilyId}")));

    /// <summary>What <see cref="TextOf"/> made.</summary>
    public static IReadOnlyList<EvidenceCut> Read(string text) => text.Length == 0 ? [] : [.. text.Split('\n').Select(cut =>
    {
        var at = cut.IndexOf('@', StringComparison.Ordinal);
        return new EvidenceCut(cut[(at + 1)..], int.Parse(cut.AsSpan(0, at), NumberStyles.None, CultureInfo.InvariantCulture));
    })];
}
