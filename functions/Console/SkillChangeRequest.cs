using System.Globalization;
using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.LedgerApi;

namespace Pipeline.Functions.Console;

/// <summary>A change to a skill as a page's address asks for it; the reason comes with the form that does it.</summary>
/// <param name="Kind">One of <see cref="Kinds"/>.</param>
/// <param name="Version">0 of a change that is about the whole skill.</param>
/// <param name="Alias">Only of a move; so is <paramref name="Share"/>: percent of the callers, null for all.</param>
internal sealed record SkillChangeRequest(string Kind, int Version, string Alias, int? Share)
{
    public const string Approve = "approve", Withdraw = "withdraw", Move = "move", RollBack = "roll-back", Revoke = "revoke", Retire = "retire", Reinstate = "reinstate";
    public const int LongestReason = 1000;

    public static IReadOnlyList<string> Kinds { get; } = [Approve, Withdraw, Move, RollBack, Revoke, Retire, Reinstate];

    /// <summary>What is asked, for a heading and for the button that does it.</summary>
    public string Title => Kind switch
    {
        Approve => $"Approve v{Version}",
        Withdraw => $"Withdraw the approval of v{Version}",
        Move => $"Let {ShownText.Short(Alias, 64)} name v{Version}{(Share is { } share ? $" for {share} % of the callers" : "")}",
        RollBack => $"Roll back to v{Version}",
        Retire => "Retire the skill",
        Reinstate => "Reinstate the skill",
        _ => $"Revoke v{Version}",
    };

    public SkillCommand Command(string reason) => Kind switch
    {
        Approve => new SkillCommand.Approve(Version, Caller.Current.Actor.ToString(), reason),
        Withdraw => new SkillCommand.WithdrawApproval(Version, Caller.Current.Actor.ToString(), reason),
        Move => new SkillCommand.MoveAlias(Alias, Version, reason) { Share = Share },
        RollBack => new SkillCommand.RollBack(Version, reason),
        Revoke => new SkillCommand.Revoke(Version, reason),
        Retire => new SkillCommand.Retire(RetirementCause.ByHand, reason),
        Reinstate => new SkillCommand.Reinstate(reason),
        _ => throw new InvalidOperationException($"no command for {Kind}"),
    };

    /// <returns>What is wrong with the address, for people, where it asks for no change.</returns>
    public static (SkillChangeRequest? Request, string Problem) Read(string kind, PageContext page)
    {
        if (!Kinds.Contains(kind)) return (null, "There is no such change.");
        if (kind is Retire or Reinstate) return (new(kind, 0, "", null), "");
        if (page.Number("version") is not (>= 1 and <= int.MaxValue and var version)) return (null, "Say which version.");
        if (kind != Move) return (new(kind, (int)version, "", null), "");
        if (page.Value("alias") is not { Length: > 0 } alias) return (null, "Say which alias.");
        if (page.Value("share").Length == 0) return (new(kind, (int)version, alias, null), "");
        return page.Number("share") is >= 0 and <= CanaryShare.All and var share
            ? (new(kind, (int)version, alias, (int)share), "")
            : (null, string.Create(CultureInfo.InvariantCulture, $"A share is a percentage from 0 to {CanaryShare.All}."));
    }

    /// <summary>A reason as it can go on record: without what is not seen at its ends, and without control characters.</summary>
    public static string Reason(string? given)
    {
        var reason = new StringBuilder();
        foreach (var rune in (given ?? "").EnumerateRunes())
            reason.Append(Rune.IsControl(rune) ? " " : rune.ToString());
        return reason.ToString().Trim();
    }
}
