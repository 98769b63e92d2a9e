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
        // It took a while. What it was shown of who was erased meanwhile stays nowhere.
        if ((await WithoutErasedAsync(context.Tenant, shown, ct)).Count != shown.Episodes.Count)
            (consultation, response, contents) = (consultation with { ResponseDigest = null, FailureCode = FamilyEvent.ModelConsulted.ErasedMeanwhile, FailureReason = "what it was asked about was erased meanwhile" }, [], []);
        if (consultation.FailureCode is { } code)
            log.LogWarning("The model was of no help with family {Family}: {Code}, {Reason}. The miner's draft stands.", input.Family.Id, code, consultation.FailureReason);
        await RecordAsync(context, input.Family.Id, consultation, contents, ct);
        return new(consultation, response);
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

    private async Task RecordAsync(EventContext context, string familyId, FamilyEvent.ModelConsulted consultation, IReadOnlyList<ContentBlob> contents, CancellationToken ct)
    {
        var outcome = await ledger.WriteAsync(context, async read =>
        {
            var family = await read.FoldAsync(Streams.Of(Streams.Family, familyId), Family.None, Family.Evolve);
            var decision = FamilyDecider.Decide(new FamilyCommand.Consult(consultation), family.State);
            return new(decision, decision is Decision.Accepted { Events: var events } ? [family.Append(Streams.Family, events)] : []) { Contents = contents };
        }, ct);
        if (outcome is not WriteOutcome.Written) throw new InvalidOperationException($"what the model said of {familyId} cannot be recorded: {outcome.GetType().Name}");
    }

    // What was read a moment ago may have been erased since: it does not go out.
    private async Task<IReadOnlyList<Domain.Curation.Composing.MinedEpisode>> WithoutErasedAsync(string tenant, CurationInput input, CancellationToken ct)
    {
        var erased = new HashSet<string>(StringComparer.Ordinal);
        foreach (var trajectory in input.Episodes.Select(e => e.Evidence.TrajectoryId).Distinct(StringComparer.Ordinal))
        {
            var events = await store.ReadStreamAsync(tenant, Streams.Of(Streams.Trajectory, trajectory), ct: ct);
            if (TrajectoryRecord.Fold(events.Select(e => e.Event)).IsErased) erased.Add(trajectory);
        }
        return erased.Count == 0 ? input.Episodes : [.. input.Episodes.Where(e => !erased.Contains(e.Evidence.TrajectoryId))];
    }
}
