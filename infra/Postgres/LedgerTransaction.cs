using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Postgres;

/// <summary>What one decision writes, all or nothing.</summary>
public sealed record LedgerTransaction
{
    public required EventContext Context { get; init; }

    /// <summary>Each stream once, in any order. A stream without events is only held at its expected version, which must be above 0.</summary>
    public required IReadOnlyList<StreamAppend> Streams { get; init; }

    /// <summary>The message that this is the effect of; it can have no other.</summary>
    public InboxEntry? Inbox { get; init; }

    /// <summary>The files that the events name by digest. One that is there already stays as it is.</summary>
    public IReadOnlyList<ContentBlob> Contents { get; init; } = [];

    /// <summary>Names that living skills take. A skill may claim what it holds.</summary>
    public IReadOnlyList<NameClaim> ClaimedNames { get; init; } = [];

    /// <summary>Names that are given up, before any is claimed. One that the skill does not hold is left alone.</summary>
    public IReadOnlyList<NameClaim> ReleasedNames { get; init; } = [];

    /// <summary>Packages that nobody else makes or revokes a version with until this is written.</summary>
    public PackageUse Packages { get; init; } = PackageUse.None;
}

/// <summary>A name, unique in its tenant among living skills, and who has it.</summary>
public sealed record NameClaim(string Name, string SkillId);

/// <summary>What became of a <see cref="LedgerTransaction"/>. Whatever it is but <see cref="Appended"/>, nothing was written.</summary>
public abstract record AppendOutcome
{
    private AppendOutcome() { }

    /// <param name="Versions">Where each stream stands now, by stream id.</param>
    public sealed record Appended(IReadOnlyDictionary<string, long> Versions) : AppendOutcome;

    /// <summary>The stream is not where it was when the decision was made: read it again and decide again.</summary>
    public sealed record VersionConflict(string StreamId, long Expected) : AppendOutcome;

    /// <summary>The message has had its effect. It is a duplicate when <see cref="InboxEntry.Matches"/>, else it must be refused.</summary>
    public sealed record AlreadyHandled(InboxEntry Existing) : AppendOutcome;

    public sealed record NameTaken(string Name, string BySkillId) : AppendOutcome;

    /// <summary>A version was to be made with a package that is revoked.</summary>
    /// <param name="SkillId">Of those that have lost it, the first in ordinal order.</param>
    public sealed record PackageRevoked(string SkillId) : AppendOutcome;
}
