using System.Collections.Immutable;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Sweeping;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Tests.Curation.Sweeping;

/// <summary>Several families of one environment with their skills, swept as the sweep does it.</summary>
internal sealed record ALibrary(CurationPolicy Policy)
{
    public ImmutableList<AFamily> Families { get; init; } = [];

    /// <summary>Families' evidence in the order in which it was sealed.</summary>
    public ImmutableList<(string Family, FamilyEvent.EvidenceAdmitted Evidence)> Sealed { get; init; } = [];

    /// <summary>A family with a skill that it learned from these runs, which came after all that came before.</summary>
    public ALibrary With(string effect, params IEnumerable<MinedEpisode> runs)
    {
        var family = (Families.Find(f => f.Effect == effect) ?? new AFamily(effect) { Policy = Policy with { Rules = new() } }).Admit(runs);
        return this with
        {
            Families = [.. Families.Where(f => f.Effect != effect), family.Skill.Lifecycle == Lifecycle.Unborn ? family.Curate() : family],
            Sealed = Sealed.AddRange(runs.Select(r => (family.Family.Id, r.Evidence))),
        };
    }

    public AFamily Of(string effect) => Families.Single(f => f.Effect == effect);

    public SweepInput Input
    {
        get
        {
            var input = new SweepInput
            {
                Leaf = 10_000,
                At = AFamily.Noon,
                PolicyReference = new(Policy.Id, Policy.Version, "sha256:p"),
                Policy = Policy,
                Families = [.. Families.Select(f => new SweptFamily(f.Family, Sighting.Of(Recorded.Where(e => e.StreamId == f.Family.Id), f.Family), f.Skill, f.Text) { Variants = f.Variants })],
            };
            var needed = LibrarySweep.NeedsEpisodesOf(input);
            return input with { Episodes = Families.Where(f => needed.Contains(f.Family.Id)).ToDictionary(f => f.Family.Id, f => f.Input.Episodes, StringComparer.Ordinal) };
        }
    }

    private List<RecordedEvent> Recorded => [.. DecisionPointTests.Recorded([.. Sealed.Select(s => s.Evidence)]).Zip(Sealed, (e, s) => e with { StreamId = s.Family })];

    public IReadOnlyList<SweepConclusion> Sweep() => LibrarySweep.Decide(Input);

    /// <summary>Appends what a sweep concluded.</summary>
    public ALibrary After(IReadOnlyList<SweepConclusion> conclusions) => conclusions.Aggregate(this, (library, conclusion) => library.After(conclusion));

    private ALibrary After(SweepConclusion conclusion)
    {
        var skills = Families.Select(f => f.Skill).Where(s => s.Id.Length > 0).DistinctBy(s => s.Id).ToDictionary(s => s.Id, StringComparer.Ordinal);
        var texts = Families.SelectMany(f => f.Texts).DistinctBy(t => t.Key).ToImmutableDictionary(StringComparer.Ordinal);
        var asides = Families.SelectMany(f => f.Asides).DistinctBy(t => t.Key).ToImmutableDictionary(StringComparer.Ordinal);
        foreach (var (id, command) in conclusion.Commands) skills[id] = Events(SkillDecider.Decide(command, skills[id])).Aggregate(skills[id], Skill.Evolve);
        if (conclusion.Merge is { } merge)
        {
            texts = texts.SetItem(merge.Package.Digest, merge.Package.SkillText);
            asides = asides.SetItem(merge.Package.Digest, merge.Package.TextOf(SkillWriter.VariantsFile));
            foreach (var (id, events) in SkillMerge.Decide(new SkillMerge.Merge(merge.Content), skills[merge.SurvivorId], [.. merge.AbsorbedIds.Select(a => skills[a])])
                .ShouldBeOfType<MergeDecision.Accepted>().PerSkill.Select(p => (p.SkillId, p.Events))) skills[id] = events.Aggregate(skills[id], Skill.Evolve);
        }
        return this with
        {
            Families = Families.ConvertAll(f =>
            {
                var decided = conclusion.Decisions.Where(d => d.FamilyId == f.Family.Id).Select(d => (ILedgerEvent)d.Decision).SelectMany(d =>
                    Events(FamilyDecider.Decide(new FamilyCommand.Conclude((FamilyEvent.CurationDecided)d), f.Family)));
                var family = decided.Aggregate(f.Family, Family.Evolve);
                return f with { Family = family, Texts = texts, Asides = asides, Skill = family.Skill is { } result ? skills[result.SkillId] : f.Skill };
            }),
        };
    }

    private static IReadOnlyList<ILedgerEvent> Events(Decision decision) => decision.ShouldBeOfType<Decision.Accepted>().Events;
}
