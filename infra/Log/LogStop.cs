using System.Globalization;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Log;

/// <summary>Why nothing is sealed or signed any more.</summary>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Reason">What was found.</param>
/// <param name="Published">What was published and is not continued; of one that cannot be read the last in the database; null when it is the stored tree itself that does not hold.</param>
/// <param name="Size">How many leaves the ledger has.</param>
public sealed record LogStop(string Code, string Reason, Checkpoint? Published, long Size)
{
    private const string ShorterCode = "log-shorter-than-published", RewrittenCode = "log-inconsistent", OtherCode = "log-other", UnreadableCode = "checkpoint-unreadable", NotSignedCode = "checkpoint-not-signed";

    /// <summary>Whether the tree is sound in itself, and only not what was published, or what was published cannot be believed: an admin can let the log begin anew.</summary>
    public bool IsFork => Code is ShorterCode or RewrittenCode or OtherCode or UnreadableCode or NotSignedCode;

    /// <summary>Whether what is published outside of the database is no checkpoint, and must be moved aside for the log to go on.</summary>
    public bool IsUnreadable => Code == UnreadableCode;

    /// <summary>For people: what to do about it.</summary>
    public const string WhatToDo =
        "Nothing is sealed until this is settled; events are taken in and wait. If a backup was restored, restore a newer one that has what was published. "
        + "If there is none, an admin can let the log begin anew under another name with `audit checkpoint --accept-fork --reason TEXT`: everyone who checks will see that. docs/audit.md says more.";

    internal static LogStop Shorter(Checkpoint published, long size) => new(
        ShorterCode,
        string.Create(CultureInfo.InvariantCulture, $"the ledger has {size} leaves, and a checkpoint over {published.Size} was published: it is an older backup, or leaves were taken out"),
        published, size);

    internal static LogStop Rewritten(Checkpoint published, long size) => new(
        RewrittenCode,
        string.Create(CultureInfo.InvariantCulture, $"the first {published.Size} leaves are not those of the checkpoint that was published over them: the past was rewritten, or this is another ledger's backup"),
        published, size);

    internal static LogStop Damaged(Checkpoint? published, long size, string problem) => new("log-damaged", $"the stored tree is not what it was sealed as: {problem}", published, size);

    internal static LogStop OfAnother(Checkpoint published, string origin, long size) => new(
        OtherCode,
        string.Create(CultureInfo.InvariantCulture, $"a checkpoint of log {published.Origin} over {published.Size} leaves was published, and this is {(origin.Length > 0 ? origin : "a log without a name")}, which did not begin anew from there: it is a backup from before, or another ledger's"),
        published, size);

    internal static LogStop Unreadable(Checkpoint? stored, long size) => new(
        UnreadableCode,
        "what is published outside of the database is no signed checkpoint, so it cannot be told whether the log continues it: put back the one that an auditor kept",
        stored, size);

    internal static LogStop NotSigned(Checkpoint stored, Checkpoint published, long size) => new(
        NotSignedCode,
        string.Create(CultureInfo.InvariantCulture, $"the last checkpoint in the database, over {stored.Size} leaves, is not one that the log's key signed: its row was changed or put in"),
        published, size);

    internal static LogStop OutsideNotSigned(Checkpoint published, long size) => new(
        NotSignedCode,
        string.Create(CultureInfo.InvariantCulture, $"the checkpoint that is published outside of the database, over {published.Size} leaves, is not one that the log's key signed: its file was changed or put in"),
        published, size);

    internal static LogStop EventGone(long leaf) => new(
        "event-gone", string.Create(CultureInfo.InvariantCulture, $"the event that is due for leaf {leaf} was committed and is not there any more"), null, leaf);
}
