using System.Text;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.LanguageModel;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Composers;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.CurateFamily;

/// <summary>Asks the configured model about a draft, once for each request, and puts on record what came of it before anything is decided
/// from it. So a run that was killed finds the answer, and a replay needs no model.</summary>
public sealed class ModelConsultation(
    ComposerOptions options, ChatEndpoint endpoint, ComposerSpending spending, RecordedAnswers answers, LedgerWriter ledger, EventStore store, TimeProvider time,
    ILogger<ModelConsultation> log)
{
    /// <param name="input">What is going to be decided from.</param>
    /// <returns>Null where no model is configured, or where there is nothing to be worded.</returns>
    public async Task<ModelAnswer?> AskAsync(EventContext context, CurationInput input, CancellationToken ct)
    {
        if (!options.IsOn) return null;
        var shown = input with { Answer = null, Episodes = await WithoutErasedAsync(context.Tenant, input, ct) };
        var draft = FamilyCuration.Decide(shown);
        if (!ModelComposition.IsFor(draft)) return null;

        var (material, headings) = ModelComposition.Ask(shown, draft);
        var request = ChatRequest.Of(options, ComposerPrompt.WordSkill, material, headings);
        var point = input.Family.EvidenceEvents;
        if (input.Family.ConsultationAt(point) is { } known && known.RequestDigest == request.Digest) return await answers.OfAsync(known, ct);

        // What was answered at an earlier point is on record for this one too, and costs nothing.
        var (consultation, response) = input.Family.AnswerTo(request.Digest) is { } earlier
            ? (earlier with { ThroughEvidence = point, Attempts = 0, InputTokens = 0, OutputTokens = 0, CostMicroUsd = 0 }, (await answers.OfAsync(earlier, ct)).Response)
            : await SendAsync(request, point, ct);
        IReadOnlyList<ContentBlob> contents = [new(request.Body), new(Encoding.UTF8.GetBytes(request.Prompt.Text)), .. consultation.ResponseDigest is null ? [] : new[] { new ContentBlob(response) }];
        var recorded = await RecordAsync(context, shown, consultation, contents, ct);
        if (recorded.FailureCode is { } code)
            log.LogWarning("The model was of no help with family {Family}: {Code}, {Reason}. The miner's draft stands.", input.Family.Id, code, recorded.FailureReason);
        return new(recorded, recorded.ResponseDigest is null ? [] : response);
    }

    private async Task<(FamilyEvent.ModelConsulted Consultation, byte[] Response)> SendAsync(ChatRequest request, int throughEvidence, CancellationToken ct)
    {
        var mostCost = options.CostOf(request.MostInputTokens, request.MaxOutputTokens);
        var mostTokens = request.MostInputTokens + request.MaxOutputTokens;
        var consultation = new FamilyEvent.ModelConsulted
        {
            ThroughEvidence = throughEvidence,
            RequestDigest = request.Digest,
            PromptDigest = request.Prompt.Digest,
            SentTo = options.SentTo,
            Model = options.Model,
            Attempts = 0,
            InputTokens = 0,
            OutputTokens = 0,
            CostMicroUsd = 0,
        };
        FamilyEvent.ModelConsulted Failed(string code, string reason) => consultation with { FailureCode = code, FailureReason = reason };
        if (mostTokens > options.MaxTokensPerCall || mostCost > options.MaxCostPerCall * 1_000_000)
            return (Failed("call-ceiling", $"it could come to {mostTokens} tokens, and a call may have {options.MaxTokensPerCall} and cost {options.MaxCostPerCall?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "anything"}"), []);
        var day = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (await spending.TryReserveAsync(day, request.Digest, mostTokens, mostCost, options, ct) is not { } call)
            return (Failed("daily-ceiling", $"with up to {mostTokens} tokens more it could exceed what may be spent on {day:yyyy-MM-dd} (UTC)"), []);

        var reply = await endpoint.SendAsync(request, ct);
        consultation = consultation with { Attempts = reply.Attempts };
        var (answered, response) = reply switch
        {
            ChatReply.Received received => (WithUsage(consultation, request, ChatCompletion.Read(received.Body)) with { ResponseDigest = Digest.Of(received.Body) }, received.Body),
            ChatReply.Failed { MayBeBilled: true } failed => (WithMost(Failed(failed.Code, failed.Reason), request), (byte[])[]),
            ChatReply.Failed failed => (Failed(failed.Code, failed.Reason), []),
            _ => throw new InvalidOperationException($"no rule for {reply.GetType().Name}"),
        };
        await spending.SettleAsync(call, answered.InputTokens + answered.OutputTokens, answered.CostMicroUsd, ct);
        return (answered, response);
    }

    private FamilyEvent.ModelConsulted WithUsage(FamilyEvent.ModelConsulted consultation, ChatRequest request, ChatCompletion completion) =>
        completion is { InputTokens: { } input, OutputTokens: { } output }
            ? consultation with { InputTokens = input, OutputTokens = output, CostMicroUsd = options.CostOf(input, output) }
            : WithMost(consultation, request);

    private FamilyEvent.ModelConsulted WithMost(FamilyEvent.ModelConsulted consultation, ChatRequest request) => consultation with
    {
        InputTokens = request.MostInputTokens,
        OutputTokens = request.MaxOutputTokens,
        CostMicroUsd = options.CostOf(request.MostInputTokens, request.MaxOutputTokens),
    };

    // It took a while. What it was shown of who was erased meanwhile stays nowhere: the runs are held as they are while it is written.
    private async Task<FamilyEvent.ModelConsulted> RecordAsync(
        EventContext context, CurationInput shown, FamilyEvent.ModelConsulted consultation, IReadOnlyList<ContentBlob> contents, CancellationToken ct)
    {
        var recorded = consultation;
        var outcome = await ledger.WriteAsync(context, async read =>
        {
            var runs = new List<Folded<TrajectoryRecord>>();
            foreach (var id in TrajectoriesOf(shown)) runs.Add(await read.FoldAsync(Streams.Of(Streams.Trajectory, id), TrajectoryRecord.None, TrajectoryRecord.Evolve));
            var isErased = runs.Exists(r => r.State.IsErased);
            recorded = isErased ? consultation with { ResponseDigest = null, FailureCode = FamilyEvent.ModelConsulted.ErasedMeanwhile, FailureReason = "what it was asked about was erased meanwhile" } : consultation;
            var family = await read.FoldAsync(Streams.Of(Streams.Family, shown.Family.Id), Family.None, Family.Evolve);
            var decision = FamilyDecider.Decide(new FamilyCommand.Consult(recorded), family.State);
            return new(decision, decision is Decision.Accepted { Events: var events } ? [family.Append(Streams.Family, events)] : [])
            {
                Contents = isErased ? [] : contents,
                Holds = [.. runs.Where(r => r.Version > 0).Select(r => r.Append(Streams.Trajectory, []))],
            };
        }, ct);
        return outcome is WriteOutcome.Written ? recorded : throw new InvalidOperationException($"what the model said of {shown.Family.Id} cannot be recorded: {outcome.GetType().Name}");
    }

    private static IEnumerable<string> TrajectoriesOf(CurationInput input) => input.Episodes.Select(e => e.Evidence.TrajectoryId).Distinct(StringComparer.Ordinal);

    // What was read a moment ago may have been erased since: it does not go out.
    private async Task<IReadOnlyList<Domain.Curation.Composing.MinedEpisode>> WithoutErasedAsync(string tenant, CurationInput input, CancellationToken ct)
    {
        var erased = new HashSet<string>(StringComparer.Ordinal);
        foreach (var trajectory in TrajectoriesOf(input))
        {
            var events = await store.ReadStreamAsync(tenant, Streams.Of(Streams.Trajectory, trajectory), ct: ct);
            if (TrajectoryRecord.Fold(events.Select(e => e.Event)).IsErased) erased.Add(trajectory);
        }
        return erased.Count == 0 ? input.Episodes : [.. input.Episodes.Where(e => !erased.Contains(e.Evidence.TrajectoryId))];
    }
}
