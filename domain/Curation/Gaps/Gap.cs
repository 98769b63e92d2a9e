using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Gaps;

/// <summary>A family with failures and too few successes to learn a skill from: for people to see, and a task for a composer that can
/// do more than generalise what worked.</summary>
public sealed record Gap
{
    public required string FamilyId { get; init; }
    public required string Environment { get; init; }
    public required string Effect { get; init; }
    public required SkillKind Kind { get; init; }

    /// <summary>Runs that were verified to have failed.</summary>
    public required int Failures { get; init; }

    /// <summary>Runs that were verified to have succeeded.</summary>
    public required int Successes { get; init; }

    /// <summary>Runs that nobody but the agent itself has judged: a verdict on them may be all that is missing.</summary>
    public required int WithoutVerdict { get; init; }

    /// <summary>Tasks and sources of the failures.</summary>
    public required int Tasks { get; init; }
    public required int Sources { get; init; }

    /// <summary>Successes that count (near-duplicates once, few of one task, sources capped), and how many a version needs; likewise their tasks.</summary>
    public required Missing Missing { get; init; }

    /// <summary>Failing runs that could be read for the patterns; the others were erased or are older than the newest few.</summary>
    public required int FailuresRead { get; init; }

    /// <summary>Most common first.</summary>
    public required IReadOnlyList<FailurePattern> Patterns { get; init; }

    /// <summary>The newest failures whose runs are to be read for <see cref="Of"/>; empty where the family is no gap.</summary>
    public static IReadOnlyList<FamilyEvent.EvidenceAdmitted> ToRead(Family family, CurationPolicy policy, int atMost) =>
        MissingFrom(family, policy) is null ? [] : [.. family.Evidence.Where(e => e.Outcome.IsVerifiedFailure).TakeLast(atMost)];

    /// <param name="failures">The episodes behind <see cref="ToRead"/> that are there.</param>
    /// <returns>Null where nothing failed, where there is a skill, or where enough succeeded for one.</returns>
    public static Gap? Of(Family family, CurationPolicy policy, IReadOnlyList<MinedEpisode> failures)
    {
        if (MissingFrom(family, policy) is not { } missing) return null;
        var failed = family.Evidence.Where(e => e.Outcome.IsVerifiedFailure).ToList();
        return new()
        {
            FamilyId = family.Id,
            Environment = family.Environment,
            Effect = family.Effect,
            Kind = family.Kind,
            Failures = failed.Count,
            Successes = family.Evidence.Count(e => e.Outcome.IsVerifiedSuccess),
            WithoutVerdict = family.Evidence.Count(e => !e.Outcome.IsVerifiedSuccess && !e.Outcome.IsVerifiedFailure),
            Tasks = failed.Select(MinedEpisode.TaskOf).Distinct(StringComparer.Ordinal).Count(),
            Sources = failed.Select(e => e.Source).Distinct(StringComparer.Ordinal).Count(),
            Missing = missing,
            FailuresRead = failures.Count,
            Patterns = FailureMining.Mine(failures),
        };
    }

    private static Missing? MissingFrom(Family family, CurationPolicy policy)
    {
        if (!family.IsOpen || family.Skill is not null || !family.Evidence.Any(e => e.Outcome.IsVerifiedFailure)) return null;
        var counted = EvidenceSelection.Select(family.Evidence, policy).Where(e => e.Outcome.IsVerifiedSuccess).ToList();
        var tasks = counted.Select(MinedEpisode.TaskOf).Distinct(StringComparer.Ordinal).Count();
        return counted.Count >= policy.MinSuccesses && tasks >= policy.MinTasks ? null : new(counted.Count, policy.MinSuccesses, tasks, policy.MinTasks);
    }
}

/// <param name="Successes">There are, of <paramref name="SuccessesNeeded"/>.</param>
/// <param name="Tasks">They are of, of <paramref name="TasksNeeded"/>.</param>
public sealed record Missing(int Successes, int SuccessesNeeded, int Tasks, int TasksNeeded);

/// <summary>How runs of a gap fail: which tool refused, with what, and where.</summary>
/// <param name="Tool">The tool that refused; where none did, the one that was called last.</param>
/// <param name="Error">Without what differs from run to run. Empty where no call was refused, or where only one task met it: then it may be about a person.</param>
/// <param name="Call">Which of the episode's calls it usually is, from 1.</param>
/// <param name="Runs">Runs that show it, and tasks of theirs.</param>
/// <param name="RecoveredIn">Runs in which the tool worked later, and which failed nevertheless.</param>
public sealed record FailurePattern(
    string Tool, string Error, FailurePlace Place, int Call, int Runs, int Tasks, int RecoveredIn, IReadOnlyList<string> TrajectoryIds);

/// <summary>Where in an episode it went wrong. <see cref="Unrefused"/>: no call was refused, and yet the run failed.</summary>
public enum FailurePlace { BeforeEffect, AtEffect, AfterEffect, Unrefused }
