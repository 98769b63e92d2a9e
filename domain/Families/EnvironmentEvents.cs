using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Families;

/// <summary>What an environment's stream keeps, where effects are generic: which episode went to which family, and why. Stored format,
/// versioned with care.</summary>
public abstract record EnvironmentEvent : ILedgerEvent
{
    /// <summary>An episode was assigned. On record, so that nothing is ever clustered again.</summary>
    public sealed record EpisodeAssigned : EnvironmentEvent
    {
        public required string Environment { get; init; }
        public required string EvidenceId { get; init; }
        public required string FamilyId { get; init; }

        /// <summary>What the family is called.</summary>
        public required string Effect { get; init; }

        /// <summary>To the nearest leader that there was before, 0 to 1; 0 where there was none.</summary>
        public required double Similarity { get; init; }

        /// <summary>From which similarity on an episode joins.</summary>
        public required double Threshold { get; init; }

        /// <summary>The policy that set the threshold; null where none was active and the built-in value stood in.</summary>
        public PolicyReference? Policy { get; init; }

        /// <summary>The sketch, where the episode opened the family and leads it from now on; null where it joined one, or came when there were enough.</summary>
        public TaskSketch? Leader { get; init; }
    }
}
