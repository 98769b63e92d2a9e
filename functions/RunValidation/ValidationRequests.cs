using System.Collections.Concurrent;
using System.Diagnostics;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Domain.Validation.Platform;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Functions.Telemetry;
using Pipeline.Infra.Postgres;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Functions.RunValidation;

/// <summary>Follows the sealed order and asks for the judgements that each new version needs: on the skill's stream, on the list of jobs, and
/// by a message. What a crash leaves half done is done again, and comes to the same.</summary>
public sealed class ValidationRequests(
    EventStore store, LedgerWriter ledger, ValidationJobs jobs, ValidatorRegistry validators, SkillStanding standing, JobLimits limits, TimeProvider time,
    ILogger<ValidationRequests> logger)
{
    private const int BatchSize = 500;
    private const int MostRemembered = 100_000;

    // How far families were looked at; losing it costs one more look, which finds nothing.
    private readonly ConcurrentDictionary<(string Tenant, string StreamId), int> _asked = new();

    /// <summary>Looks at everything that is sealed by now.</summary>
    /// <param name="send">Gets messages for new jobs, those of one skill at a time, as soon as the jobs are listed: what ends this later ends none of them.</param>
    public async Task FollowAsync(Func<IReadOnlyList<OutputMessage>, Task> send, CancellationToken ct)
    {
        while (true)
        {
            var from = await jobs.PositionAsync(ct);
            var events = await store.ReadSealedAsync(from, BatchSize, ct);
            if (events.Count == 0) return;
            foreach (var touched in events.Where(e => IsAboutTrust(e.Event) || AdmitsToTrial(e.Event)).GroupBy(e => (e.Context.Tenant, e.StreamId)))
            {
                using var span = Traces.Continue("request validation", ActivityKind.Producer, touched.Last().Context.TraceParent);
                await SendAsync(await RequestAsync(touched.Key.Tenant, Streams.IdOf(touched.Key.StreamId), [.. touched.Select(e => VersionOf(e.Event)).OfType<int>()], touched.Last().Id.ToString(), ct: ct), send);
            }
            await RequestByEvidenceAsync(events, send, ct);
            await jobs.AdvanceAsync(from + events.Count, ct);
        }
    }

    // Where evidence came to another step, was corrected or withdrawn, or more of it went into a version, the skills of its family are judged by it
    // again: all of them, for they share it. A decision can also bring another family's evidence with it.
    private async Task RequestByEvidenceAsync(IReadOnlyList<RecordedEvent> events, Func<IReadOnlyList<OutputMessage>, Task> send, CancellationToken ct)
    {
        foreach (var touched in events.Where(e => IsEvidence(e.Event) || MakesVersion(e.Event)).GroupBy(e => (e.Context.Tenant, e.StreamId)))
        {
            var family = (await ledger.Reader(touched.Key.Tenant, ct).FoldAsync(touched.Key.StreamId, Family.None, Family.Evolve)).State;
            if (EvidenceCut.Of(family) is not { } cut) continue;
            if (!touched.Any(e => MakesVersion(e.Event)) && _asked.TryGetValue(touched.Key, out var through) && through == cut.Through) continue;
            foreach (var skill in family.SkillIds.Order(StringComparer.Ordinal))
                await SendAsync(await RequestAsync(touched.Key.Tenant, skill, [], touched.Last().Id.ToString(), ct: ct), send);
            if (_asked.Count >= MostRemembered) _asked.Clear();
            _asked[touched.Key] = cut.Through;
        }
    }

    private static Task SendAsync(IReadOnlyList<OutputMessage> messages, Func<IReadOnlyList<OutputMessage>, Task> send) => messages.Count > 0 ? send(messages) : Task.CompletedTask;

    /// <summary>Asks for what versions lack that stand or are pointed at: what the rules of today have not judged, and what got lost.</summary>
    /// <param name="atMost">Versions at a time, so that a new ruleset does not bring a whole library at once.</param>
    public async Task<IReadOnlyList<OutputMessage>> RequestMissingAsync(int atMost, CancellationToken ct)
    {
        var messages = new List<OutputMessage>();
        var missing = await jobs.MissingAsync(validators.Identities, validators.Asking, time.GetUtcNow(), limits.AskAgain, atMost, ct);
        foreach (var skill in missing.GroupBy(m => (m.Tenant, m.SkillId)))
        {
            try
            {
                messages.AddRange(await RequestAsync(skill.Key.Tenant, skill.Key.SkillId, [.. skill.Select(m => m.Version)], "sweep", again: true, ct: ct));
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                logger.LogWarning("Skill {Skill} is not asked about: {Problem}", skill.Key.SkillId, e.GetType().Name);
            }
        }
        return messages;
    }

    /// <summary>Messages for jobs whose pause is over, whose lease ran out, or whose message led to nothing. Each by itself: one may be what
    /// ended its worker.</summary>
    public async Task<IReadOnlyList<OutputMessage>> ResendAsync(int atMost, CancellationToken ct) =>
        [.. (await jobs.DueAsync(time.GetUtcNow(), limits.Resend, atMost, ct)).Select(j => new ValidationMessage(j.Tenant, j.SkillId, [j.JobId]).ToOutput())];

    /// <summary>Asks for what versions of a skill lack, and for the one that stands.</summary>
    /// <param name="cause">The event or command that it is for.</param>
    /// <param name="again">Whether validators that were kept from judging are asked anew.</param>
    /// <param name="sends">Whether the caller sends the messages; else they are due, and whoever looks next sends them.</param>
    public async Task<IReadOnlyList<OutputMessage>> RequestAsync(
        string tenant, string skillId, IReadOnlyList<int> versions, string cause, bool again = false, bool sends = true, CancellationToken ct = default)
    {
        var context = new EventContext
        {
            Tenant = tenant,
            Actor = new(ActorKind.System, ProgramVersion.Name),
            CausationId = cause,
            CorrelationId = Streams.Of(Streams.Skill, skillId),
            DecidedBy = ProgramVersion.Name,
            RecordedAt = default,
        };
        var needed = new List<ListedJob>();
        var outcome = await ledger.WriteAsync(context, async read =>
        {
            needed.Clear();
            var skill = await read.FoldAsync(Streams.Of(Streams.Skill, skillId), Skill.None, Skill.Evolve);
            var (state, events) = (skill.State, new List<ILedgerEvent>());
            var evidence = EvidenceCut.TextOf(await SkillEvidence.CutsAsync(read, state));
            // What a reinstated or restored skill says is up for judgement again too, and by other evidence whatever is pointed at.
            foreach (var number in versions.Append(state.Current?.Number ?? 0).Concat(state.Aliases.Values).Distinct().Order())
            {
                if (state.Version(number) is not { } version) continue;
                foreach (var (job, isRequested, verdict) in NeededJob.Of(tenant, state, version, ValidatorsFor(state, version), again, v => validators.EvidenceFor(v, evidence)))
                {
                    var decided = isRequested ? Decision.Nothing : SkillDecider.Decide(new SkillCommand.RequestValidation(job.Id, job.Version, job.Validator.Name, job.Validator.Version, job.Validator.RulesetDigest)
                    {
                        Evidence = job.Evidence.Length > 0 ? EvidenceCut.Read(job.Evidence) : null,
                    }, state);
                    if (decided is not Decision.Accepted accepted)
                    {
                        // So that the sweep does not come upon it each time: it looks again later, or a newer program does.
                        if (decided is Decision.Refused refused && state.UnknownEvent.Length > 0) needed.Add(new(job, Problem: refused.Message));
                        continue;
                    }
                    events.AddRange(accepted.Events);
                    state = accepted.Events.Aggregate(state, Skill.Evolve);
                    needed.Add(new(job, verdict));
                }
            }
            events.AddRange(await standing.FollowingAsync(read, state, ct));
            return new(Decision.Of([.. events]), [skill.Append(Streams.Skill, events)]);
        }, ct);
        // The position is not moved on, or the sweep comes again.
        if (outcome is not WriteOutcome.Written) throw new InvalidOperationException($"jobs for skill {skillId} cannot be asked for: {outcome.GetType().Name}");
        var now = time.GetUtcNow();
        var messages = new List<OutputMessage>();
        // Who has to be waited for goes by itself.
        foreach (var alike in needed.DistinctBy(n => n.Job.Id).GroupBy(n => validators.Find(n.Job.Validator)?.Patience ?? limits.Deadline).OrderBy(g => g.Key))
        {
            var added = await jobs.PutAsync(tenant, [.. alike], now, now + alike.Key, sends, ct);
            messages.AddRange(ValidationMessage.Of(tenant, skillId, added.Order(StringComparer.Ordinal)));
        }
        return messages;
    }

    // Whoever gives a version to somebody outside to be run waits until nothing speaks against it.
    private IEnumerable<Validator> ValidatorsFor(Skill skill, SkillVersion version)
    {
        var asking = validators.Asking;
        return asking.Count == 0 || TrialAdmission.Barrier(skill, version, validators.Identities).Length == 0
            ? validators.Identities
            : validators.Identities.Where(v => !asking.Contains(v.Name));
    }

    private bool AdmitsToTrial(ILedgerEvent @event) =>
        @event is ValidationCompleted { Verdict: Verdict.Passed } e && TrialAdmission.Vetting.Contains(e.Validator) && validators.Asking.Count > 0;

    private static bool IsEvidence(ILedgerEvent @event) => @event is FamilyEvent.EvidenceAdmitted or FamilyEvent.EvidenceWithdrawn;

    private static bool MakesVersion(ILedgerEvent @event) => @event is FamilyEvent.VariantAccepted or FamilyEvent.CurationDecided { Result: not null };

    private static bool IsAboutTrust(ILedgerEvent @event) =>
        (VersionOf(@event) is not null && @event is not ValidationCompleted) || @event is SkillReinstated or MergeUndone or VersionRevoked or ApprovalGiven or ApprovalWithdrawn;

    /// <summary>The version that an event makes or judges; null where it is about none.</summary>
    private static int? VersionOf(ILedgerEvent @event) => @event switch
    {
        SkillCreated => 1,
        SkillImproved e => e.Version,
        SkillMerged e => e.Version,
        SkillRolledBack e => e.Version,
        MergeUndone e => e.Version,
        ValidationCompleted e => e.Version,
        _ => null,
    };
}
