using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Infra.Postgres;

namespace Pipeline.Browser.Tests.Running;

/// <summary>What stands in the ledger beside what was learned from the samples.</summary>
internal static class Content
{
    /// <summary>A skill of three versions, one of which <c>production</c> names.</summary>
    public const string Written = "desk-etiquette";

    /// <summary>A skill whose every text tries to get out of the page.</summary>
    public const string Hostile = "hostile-skill";

    /// <summary>The skill that stays of two, and the one that it took up.</summary>
    public const string Merged = "lend-a-book";
    public const string Absorbed = "hand-out-a-book";

    /// <summary>A run that had a skill, did two things and was refused once.</summary>
    public static Run Shown { get; } = new(77)
    {
        Environment = "front-desk",
        Id = "renewed-and-noted",
        Then = "send_note",
        Refusal = "Error: loan not found, give its id with the letter",
        ChecksHolds = true,
        LoadedVersion = 2,
        LoadedSkill = Written,
    };

    /// <summary>A run whose every text tries to get out of the page.</summary>
    public static Run HostileRun { get; } = new(78)
    {
        Environment = $"front-desk {Attack}",
        Id = $"hostile {Attack}",
        Task = Attack,
        Model = Attack,
        Effect = $"renew_loan{Attack}",
        LoadedVersion = 1,
        LoadedSkill = Attack,
        Asks = $"{Attack} [press](javascript:alert(1)) <iframe src=https://evil.example></iframe> \u202egnp.exe",
        Finds = $"{Attack} ]]> --> </pre></details></li></ol>",
    };

    public static string PathOf(Run run) => $"/console/trajectories/{TrajectoryRecord.IdOf(run.Source, run.Id)}";

    /// <summary>Stands in the hostile skill's texts; a page that shows it as text shows these characters.</summary>
    public const string Attack = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";

    private const string HostileBody = $"""
        ## Steps

        1. {Attack}
        2. [press here](javascript:document.title='owned') and [here](https://evil.example/a?b) and <https://evil.example/auto>
        3. ![a picture](https://evil.example/pixel.png) and ![data](data:text/html,<script>alert(1)</script>)
        4. right-to-left: ‮gnp.exe‬, a zero​width, a bell{"\u0007"} and an escape {"\u001b"}[31mred
        5. `code {Attack}`

        <iframe src="https://evil.example"></iframe>
        <form action="https://evil.example"><button>send</button></form>
        <style>body {"{"} display: none {"}"}</style>

        ## {Attack}

        [ref]: javascript:alert(1)
        [see][ref]

        | a | b |
        |---|---|
        | {Attack} | x |
        """;

    public static async Task WriteAsync(ServedLedger ledger)
    {
        await ImportAsync(ledger, Written, Markdown(Written, "How to greet, and how to say goodbye.", "Greet by name. Ask what it is about.", "Say goodbye."));
        await ImportAsync(ledger, Written, Markdown(Written, "How to greet, and how to say goodbye.", "Greet by name. Ask what it is about. Listen.", "Say goodbye."));
        (await ledger.PostAsync($"/api/skills/{Written}/approve", new JsonObject { ["version"] = 2, ["reason"] = "read it, line by line" })).Status.ShouldBe(200);
        (await ledger.PostAsync($"/api/skills/{Written}/aliases/production", new JsonObject { ["version"] = 2, ["reason"] = "looked at by two of us" })).Status.ShouldBe(200);
        await ImportAsync(ledger, Written, Markdown(Written, "How to greet, how to listen and how to say goodbye.", "Greet by name. Ask what it is about. Listen.", "Thank them. Say goodbye."));
        await ImportAsync(ledger, Hostile, $"---\nname: {Hostile}\ndescription: {JsonSerializer.Serialize($"Use when {Attack} or \u202eetihw si kcalb\u202c is said.")}\n---\n\n# {Attack}\n\n{HostileBody}\n");
        await ImportAsync(ledger, Hostile, $"---\nname: {Hostile}\ndescription: {JsonSerializer.Serialize($"Use when {Attack} is said again.")}\n---\n\n# {Attack}\n\n{HostileBody}\n\nOnce more: {Attack}\n");
        await ImportAsync(ledger, Merged, Markdown(Merged, "How to lend a book.", "Greet.", "Say goodbye."));
        await ImportAsync(ledger, Absorbed, Markdown(Absorbed, "How to hand out a book.", "Greet!", "Say goodbye!"));
        await MergeAsync(ledger, Merged, Absorbed);
        await ledger.PostAsync($"/api/skills/{Hostile}/retire", new JsonObject { ["reason"] = $"{Attack} ‮ says =HYPERLINK(\"https://evil.example\")" });
        await SumUpAsync(ledger);
        await ledger.LearnAsync(Shown, HostileRun);
    }

    // As sweeps write it, for two models.
    private static async Task SumUpAsync(ServedLedger ledger)
    {
        var day = new DateTimeOffset(2026, 2, 3, 0, 0, 0, TimeSpan.Zero);
        var version = (await ledger.Store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, Written)))[^1].Version;
        foreach (var (a, b, runs) in ((int, int, int)[])[(5, 4, 10), (8, 7, 14), (13, 9, 20), (20, 11, 27), (26, 13, 33)])
        {
            SkillEvent Summed(string model, int successes) => new SkillEvent.UsageSummarised(2, model, day, day.AddDays(1), runs, successes, 30, 15, 1000 * runs);
            var outcome = await ledger.Store.AppendAsync(new()
            {
                Context = new() { Actor = new(ActorKind.Policy, "default"), CausationId = "sweep", CorrelationId = "sweep", DecidedBy = "default@4", RecordedAt = DateTimeOffset.UtcNow },
                Streams = [new(Streams.Of(Streams.Skill, Written), Streams.Skill, version, [Summed("model-a", a), Summed("model-b", b)])],
            });
            outcome.ShouldBeOfType<AppendOutcome.Appended>();
            version += 2;
        }
    }

    // As a sweep writes it. Whoever wants to see one made looks into the tests of the sweep.
    public static async Task MergeAsync(ServedLedger ledger, string survivorId, string absorbedId)
    {
        var survivor = await ledger.Store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, survivorId));
        var absorbed = await ledger.Store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, absorbedId));
        var (one, other) = (Skill.Fold(survivor.Select(e => e.Event)), Skill.Fold(absorbed.Select(e => e.Event)));
        var content = ((SkillEvent.SkillCreated)survivor[0].Event).Content with { Rationale = "the two were taken for one another" };
        var outcome = await ledger.Store.AppendAsync(new()
        {
            Context = new() { Actor = new(ActorKind.Policy, "default"), CausationId = "merge", CorrelationId = "merge", DecidedBy = "default@4", RecordedAt = DateTimeOffset.UtcNow },
            Streams =
            [
                new(Streams.Of(Streams.Skill, survivorId), Streams.Skill, survivor[^1].Version, [new SkillEvent.SkillMerged(2, [one.Reference(one.Current!), other.Reference(other.Current!)], content)]),
                new(Streams.Of(Streams.Skill, absorbedId), Streams.Skill, absorbed[^1].Version, [new SkillEvent.SkillAbsorbed(new(survivorId, 2, content.Package.Digest), 1)]),
            ],
        });
        outcome.ShouldBeOfType<AppendOutcome.Appended>();
    }

    private static async Task ImportAsync(ServedLedger ledger, string id, string markdown)
    {
        var answer = await ledger.PostAsync("/api/skills/import", new JsonObject { ["skills"] = new JsonArray(EndToEnd.Tests.Running.Written.Of(id, null, ("SKILL.md", markdown))) });
        answer.Status.ShouldBe(200, answer.Text);
        answer.Json.GetProperty("results")[0].GetProperty("status").GetString().ShouldBeOneOf("created", "improved");
        await ledger.SettleAsync();
    }

    private static string Markdown(string name, string description, string greeting, string parting) => $"""
        ---
        name: {name}
        description: {description}
        ---

        # Desk etiquette

        ## When to use

        Somebody comes to the desk.

        ## Greeting

        {greeting}

        ## Parting

        {parting}
        """;
}
