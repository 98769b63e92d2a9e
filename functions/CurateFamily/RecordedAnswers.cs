using Pipeline.Domain.Curation.LanguageModel;
using Pipeline.Domain.Families;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.CurateFamily;

/// <summary>What a language model said, from the ledger: for who decides again, now or in a replay.</summary>
public sealed class RecordedAnswers(EventStore store)
{
    /// <exception cref="InvalidOperationException">The response is on record, and its bytes are not in the content store.</exception>
    public async Task<ModelAnswer> OfAsync(FamilyEvent.ModelConsulted consultation, CancellationToken ct)
    {
        if (consultation.ResponseDigest is not { } digest) return new(consultation, []);
        return new(consultation, await store.ReadContentAsync(digest, ct) ?? throw new InvalidOperationException($"the model's response {digest} is on record and not in the content store"));
    }
}
