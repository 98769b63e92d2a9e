using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;

namespace Pipeline.Domain.Curation.Reruns;

/// <summary>What a run over the history needs and no event holds: the episodes behind evidence, texts that were written elsewhere, and what
/// a model answered.</summary>
public interface IRecordedInputs
{
    /// <summary>The episodes behind evidence of a family, in its order; what can no longer be read is left out.</summary>
    ValueTask<IReadOnlyList<MinedEpisode>> EpisodesAsync(string familyId, IReadOnlyList<FamilyEvent.EvidenceAdmitted> evidence, CancellationToken ct);

    /// <summary>What the ledger keeps under a digest; null where it is not there, or is not what its digest says.</summary>
    ValueTask<byte[]?> ContentAsync(string digest, CancellationToken ct);
}
