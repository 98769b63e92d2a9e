using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Reruns;

/// <summary>What a run over the history needs and no event holds: the episodes behind evidence, and texts that curation did not write.</summary>
public interface IRecordedInputs
{
    /// <summary>The episodes behind evidence of a family, in its order; what can no longer be read is left out.</summary>
    ValueTask<IReadOnlyList<MinedEpisode>> EpisodesAsync(string familyId, IReadOnlyList<FamilyEvent.EvidenceAdmitted> evidence, CancellationToken ct);

    /// <summary>SKILL.md of a package that was imported or written by a model; empty where it is not there.</summary>
    ValueTask<string> TextAsync(PackageManifest package, CancellationToken ct);

    /// <summary>What an event names by its digest: a model's response, the draft that it was to word. Empty where it is not there.</summary>
    ValueTask<byte[]> ContentAsync(string digest, CancellationToken ct) => ValueTask.FromResult<byte[]>([]);
}
