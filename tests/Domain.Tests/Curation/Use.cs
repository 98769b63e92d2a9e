using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Domain.Tests.Curation;

/// <summary>Runs of which it matters what they had loaded and how they ended: <c>Use.Of(skill, 1).Runs(20, succeeded: 12)</c>.</summary>
internal sealed record Use(IReadOnlyList<SkillReference> Loaded)
{
    private static readonly DateTimeOffset s_first = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Use OfNone { get; } = new([]);

    public string Model { get; init; } = "model-a";
    public string Source { get; init; } = "urn:library";
    public VerifiedBy VerifiedBy { get; init; } = VerifiedBy.Verifier;
    public Func<int, string> Task { get; init; } = n => $"task-{n}";

    /// <summary>Days after the first of January.</summary>
    public int Day { get; init; }

    public static Use Of(string skill, int? version = null, string? digest = null) => new([new(skill, version, digest)]);

    public static Use OfCurrent(Skill skill) => Of(skill.Id, skill.Current!.Number, skill.Current.PackageDigest);

    /// <summary>So many runs, of which so many succeeded, evenly mixed.</summary>
    public IReadOnlyList<MinedEpisode> Runs(int count, int succeeded, int from = 1000) =>
        [.. Enumerable.Range(0, count).Select(i => Run(from + i, (i + 1) * succeeded / count > i * succeeded / count))];

    public IReadOnlyList<FamilyEvent.EvidenceAdmitted> Evidence(int count, int succeeded, int from = 1000) => [.. Runs(count, succeeded, from).Select(r => r.Evidence)];

    public MinedEpisode Run(int n, bool succeeded)
    {
        var mined = Library.Renewal(n).Mined(Library.Renew);
        return mined with
        {
            Evidence = mined.Evidence with
            {
                Loaded = Loaded,
                Model = Model,
                Source = Source,
                Task = Task(n),
                Outcome = new(succeeded, succeeded ? 1 : 0, VerifiedBy),
                At = s_first.AddDays(Day),
                Tokens = 1000,
            },
        };
    }
}
