using Pipeline.Domain.Families;

namespace Pipeline.Domain.Curation;

/// <summary>Which policy was active when: the activations in order of their leaves.</summary>
public sealed class PolicyTimeline(IReadOnlyList<(long Leaf, ActivePolicy Policy)> activations)
{
    /// <summary>One policy from the beginning on, as when another policy is tried on a history.</summary>
    public static PolicyTimeline Always(ActivePolicy policy) => new([(-1, policy)]);

    /// <summary>The policy that was active when a leaf was sealed; null when none was: nothing can be decided then.</summary>
    public ActivePolicy? At(long leaf) => activations.LastOrDefault(a => a.Leaf < leaf).Policy;
}

/// <summary>A policy's parameters with the digest of the bytes that they were read from.</summary>
public sealed record ActivePolicy(PolicyReference Reference, CurationPolicy Policy);
