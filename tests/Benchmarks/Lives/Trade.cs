using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Benchmarks.Lives;

/// <summary>What a family's tasks take in truth: whom and what to look up, the check that nobody is told of, and the effect.</summary>
internal sealed record Trade
{
    public required string Environment { get; init; }
    public required string Effect { get; init; }
    public required string Person { get; init; }
    public required string Thing { get; init; }
    public required string Aspect { get; init; }

    /// <summary>The chance that an agent makes the check untold: what a skill can add is what is missing to one.</summary>
    public required double Knack { get; init; }

    /// <summary>How often it is asked for, against the others.</summary>
    public required double Weight { get; init; }

    /// <summary>The run from which on <see cref="FindBefore"/> is called <see cref="FindAfter"/>.</summary>
    public int RenamedAt { get; init; } = int.MaxValue;

    /// <summary>The run from which on nobody asks for it.</summary>
    public int GoneFrom { get; init; } = int.MaxValue;

    /// <summary>Between which runs somebody lies about it.</summary>
    public (int From, int To) LiedAbout { get; init; }

    /// <summary>The same work under another effect's name: the two turn out to be one.</summary>
    public string Twin { get; init; } = "";

    public string Family => EpisodeSplitter.FamilyOf(Environment, Effect);
    /// <summary>What users call it; they know nothing of tools.</summary>
    public string Says { get; init; } = "";

    public string Verb => Says.Length > 0 ? Says : Effect[..Effect.IndexOf('_', StringComparison.Ordinal)];
    public string FindBefore => $"find_{Person}";
    public string FindAfter => $"lookup_{Person}_record";
    public string Get => $"get_{Thing}";
    public string Check => $"check_{Aspect}";
    public string Aside => $"list_{Thing}_notes";

    /// <summary>A look-up that does harm when it comes before the effect.</summary>
    public string Harm => $"get_{Thing}_override";

    public string Find(int run) => run < RenamedAt ? FindBefore : FindAfter;

    public bool IsLiedAbout(int run) => run >= LiedAbout.From && run < LiedAbout.To;
}

/// <summary>Forty trades in ten environments, and what happens to some of them on the way.</summary>
internal static class Trades
{
    private static readonly (string Environment, string Person, string[] Things)[] s_environments =
    [
        ("library", "reader", ["loan", "hold", "fine", "card"]),
        ("clinic", "patient", ["visit", "referral", "invoice", "prescription"]),
        ("helpdesk", "employee", ["account", "laptop", "ticket", "badge"]),
        ("garage", "driver", ["booking", "repair", "permit", "tyre"]),
        ("hotel", "guest", ["room", "breakfast", "transfer", "deposit"]),
        ("school", "pupil", ["course", "locker", "trip", "report"]),
        ("bank", "client", ["mandate", "cheque", "limit", "statement"]),
        ("museum", "visitor", ["tour", "membership", "donation", "guide"]),
        ("farm", "grower", ["plot", "delivery", "license", "harvest"]),
        ("theatre", "patron", ["seat", "voucher", "subscription", "program"]),
    ];

    private static readonly string[] s_verbs = ["renew", "cancel", "change", "extend"];
    private static readonly string[] s_aspects = ["rules", "holds", "balance", "conflicts"];

    /// <param name="runs">How long the life is: what happens, happens at shares of it.</param>
    public static IReadOnlyList<Trade> All(int runs) =>
    [
        .. from e in Enumerable.Range(0, s_environments.Length)
           from k in Enumerable.Range(0, 4)
           select Of(e, k, runs),
    ];

    private static Trade Of(int e, int k, int runs)
    {
        var (environment, person, things) = s_environments[e];
        var trade = new Trade
        {
            Environment = environment,
            Effect = $"{s_verbs[(e + k) % 4]}_{things[k]}",
            Person = person,
            Thing = things[k],
            Aspect = $"{things[k]}_{s_aspects[(e + k) % 4]}",
            // What models can do by themselves already, in three of them; in the others much is missing.
            Knack = k == 3 && e is 3 or 4 or 5 ? 0.98 : 0.3 + 0.1 * ((e * 4 + k) % 5),
            Weight = 1 + (e + 2 * k) % 4,
        };
        return (e, k) switch
        {
            // A tool that all trades of two environments begin with is renamed.
            (0 or 1, _) => trade with { RenamedAt = runs * 2 / 5 },
            (2, 0) or (2, 1) => trade with { GoneFrom = runs / 2 },
            // Two effects for one kind of work.
            (6, 2) => trade with { Effect = "cancel_limit", Twin = "withdraw_limit", Aspect = "limit_rules", Knack = 0.4 },
            (6, 3) => trade with { Effect = "withdraw_limit", Thing = "limit", Says = "cancel", Twin = "cancel_limit", Aspect = "limit_rules", Knack = 0.4 },
            // One lie while there is little else to know, three once there is.
            (7, 0) => trade with { LiedAbout = (runs / 50, runs / 10) },
            (7, 1) or (8, 0) or (9, 0) => trade with { LiedAbout = (runs * 3 / 10, runs * 2 / 5) },
            _ => trade,
        };
    }
}
