using System.Reflection;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Tests.Skills;

/// <summary>What holds of any sequence of commands, merges and their undoing included.</summary>
public sealed class SkillProperties
{
    [Fact]
    public void The_sequences_reach_every_event_and_every_refusal()
    {
        var answers = SkillWorld.Sequences.Generator.Sample(600, new Rnd(7), 50).SelectMany(steps => Run(steps, (_, _, _) => { }).Answers).ToList();

        answers.SelectMany(a => a.Events).SelectMany(e => e.Events).Select(e => e.GetType()).Distinct()
            .ShouldBe(typeof(SkillEvent).GetNestedTypes(BindingFlags.Public), ignoreOrder: true);
        answers.Select(a => a.Refusal).Distinct().Where(r => r.Length > 0).ShouldBe(
        [
            "skill-unknown", "skill-exists", "skill-absorbed", "skill-retired", "base-moved", "digest-revoked", "version-revoked", "version-unknown", "job-unknown",
            "merge-with-itself", "not-active", "no-merge", "later-merge", "tier-too-low",
        ], ignoreOrder: true);
    }

    [Fact]
    public void A_command_in_effect_yields_no_event() => Each((before, step, after) =>
        before.Command(step)(after).ShouldBe(([], before.Command(step)(before).Refusal), Comparer));

    [Fact]
    public void Numbers_run_from_1_without_gaps_and_keep_their_content_for_good() => Each((before, _, after) =>
    {
        foreach (var (was, now) in before.Skills.Zip(after.Skills))
        {
            now.Versions.Select(v => v.Number).ShouldBe(Enumerable.Range(1, now.Versions.Count));
            now.Versions.Take(was.Versions.Count).Select(v => v.PackageDigest).ShouldBe(was.Versions.Select(v => v.PackageDigest));
            (now.Versions.Count - was.Versions.Count).ShouldBeInRange(0, 1);
        }
    });

    [Fact]
    public void Versions_of_one_package_have_one_tier() => Whole(world =>
    {
        foreach (var skill in world.Skills)
            skill.Versions.GroupBy(v => v.PackageDigest).Count(g => g.Select(v => v.Tier).Distinct().Count() > 1).ShouldBe(0);
    });

    [Fact]
    public void What_the_store_gives_back_folds_to_the_same_state() => Whole(world =>
    {
        foreach (var (id, events) in world.Streams)
            StateText.Of(Skill.Fold(events.Select(EventText.Stored))).ShouldBe(StateText.Of(world.States[id]));
    });

    [Fact]
    public void Lineage_is_acyclic_and_names_versions_that_exist() => Whole(world =>
    {
        var parents = world.Skills.SelectMany(s => s.Versions.Select(v => (Key: s.Reference(v), v.Parents))).ToDictionary(v => v.Key, v => v.Parents);
        parents.Values.SelectMany(p => p).All(parents.ContainsKey).ShouldBeTrue();

        var left = parents.Keys.ToHashSet();
        while (left.RemoveWhere(v => parents[v].All(p => !left.Contains(p))) > 0) { }
        left.ShouldBeEmpty();
    });

    [Fact]
    public void A_merge_has_two_parents_or_more_and_any_other_version_at_most_one() => Whole(world => world.Skills.SelectMany(s => s.Versions).All(v =>
        v.Operation == VersionOperation.Merge ? v.Parents.Count >= 2 : v.Parents.Count == (v.Operation == VersionOperation.Create ? 0 : 1)).ShouldBeTrue());

    [Fact]
    public void A_revoked_digest_is_never_the_latest_and_never_comes_back() => Each((before, _, after) =>
    {
        foreach (var (was, now) in before.Skills.Zip(after.Skills))
        {
            if (now.Latest is { } latest) now.RevokedDigests.ShouldNotContain(latest.PackageDigest);
            now.Versions.Skip(was.Versions.Count).Any(was.IsRevoked).ShouldBeFalse();
            now.Aliases.Except(was.Aliases).Any(a => was.IsRevoked(now.Version(a.Value)!)).ShouldBeFalse();
        }
    });

    [Fact]
    public void An_absorbed_skill_is_a_parent_of_a_merge_that_stands() => Whole(world =>
    {
        foreach (var skill in world.Skills.Where(s => s.Lifecycle == Lifecycle.Absorbed))
        {
            var survivor = world.States[skill.AbsorbedInto!.SkillId];
            var merge = survivor.Version(skill.AbsorbedInto.Version)!;
            survivor.Reference(merge).ShouldBe(skill.AbsorbedInto);
            merge.Parents.ShouldContain(skill.Reference(skill.Current!));
            survivor.UndoneMerges.ShouldNotContain(merge.Number);
        }
        world.Skills.Any(s => s.Lifecycle != Lifecycle.Absorbed && s.AbsorbedInto is not null).ShouldBeFalse();
    });

    [Fact]
    public void Undoing_a_merge_at_once_serves_again_what_was_served_before() => Each((before, step, after) =>
    {
        if (step.Act is not (Act.Merge or Act.MergeThree) || before == after) return;
        var survivor = after.States.Single(s => before.States[s.Key].Versions.Count < s.Value.Versions.Count).Value;
        var absorbed = survivor.Current!.Parents.Select(p => p.SkillId).Where(p => p != survivor.Id).Select(p => after.States[p]).ToList();
        if (SkillMerge.Decide(new SkillMerge.Undo(survivor.Current.Number, ""), survivor, absorbed) is not MergeDecision.Accepted undo)
        {
            survivor.IsRevoked(before.States[survivor.Id].Current!).ShouldBeTrue();
            return;
        }
        after.Append(undo.PerSkill).Skills.Select(s => s.Latest?.PackageDigest).ShouldBe(before.Skills.Select(s => s.Latest?.PackageDigest));
    });

    private static readonly IEqualityComparer<(IReadOnlyList<SkillEvents>, string)> Comparer =
        EqualityComparer<(IReadOnlyList<SkillEvents> Events, string Refusal)>.Create((a, b) =>
            a.Refusal == b.Refusal && a.Events.Select(e => $"{e.SkillId} {EventText.Of(e.Events)}").SequenceEqual(b.Events.Select(e => $"{e.SkillId} {EventText.Of(e.Events)}")));

    private static void Each(Action<SkillWorld, Step, SkillWorld> holds) =>
        Prop.ForAll(SkillWorld.Sequences, steps => { Run(steps, holds); }).Check(Properties.Config());

    private static void Whole(Action<SkillWorld> holds) =>
        Prop.ForAll(SkillWorld.Sequences, steps => holds(Run(steps, (_, _, _) => { }).World)).Check(Properties.Config());

    private static (SkillWorld World, IReadOnlyList<(IReadOnlyList<SkillEvents> Events, string Refusal)> Answers) Run(
        IReadOnlyList<Step> steps, Action<SkillWorld, Step, SkillWorld> holds)
    {
        var world = SkillWorld.Start;
        var answers = new List<(IReadOnlyList<SkillEvents>, string)>();
        foreach (var step in steps)
        {
            var answer = world.Command(step)(world);
            var after = answer.Events.Count == 0 ? world : world.Append(answer.Events);
            answers.Add(answer);
            holds(world, step, after);
            world = after;
        }
        return (world, answers);
    }
}
