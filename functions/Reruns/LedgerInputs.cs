using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Families;
using Pipeline.Functions.CurateFamily;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Reruns;

/// <summary>The recorded inputs of curation, from the encrypted payloads and the content store.</summary>
internal sealed class LedgerInputs(string tenant, EpisodeReader episodes, EventStore store) : IRecordedInputs
{
    public async ValueTask<IReadOnlyList<MinedEpisode>> EpisodesAsync(string familyId, IReadOnlyList<FamilyEvent.EvidenceAdmitted> evidence, CancellationToken ct) =>
        await episodes.ReadAsync(tenant, familyId, evidence, ct);

    public async ValueTask<byte[]?> ContentAsync(string digest, CancellationToken ct)
    {
        try
        {
            return await store.ReadContentAsync(digest, ct);
        }
        catch (ContentCorruptedException)
        {
            // What was altered is not what curation read: what follows from it comes out otherwise, and `replay` names the file.
            return null;
        }
    }
}
