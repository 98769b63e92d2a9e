using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
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
        await MergeAsync(ledger);
        await ledger.PostAsync($"/api/skills/{Hostile}/retire", new JsonObject { ["reason"] = $"{Attack} ‮ says =HYPERLINK(\"https://evil.example\")" });
        await ledger.SettleAsync();
    }

    // As a sweep writes it. Whoever wants to see one made looks into the tests of the sweep.
    private static async Task MergeAsync(ServedLedger ledger)
    {
        var survivor = await ledger.Store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, Merged));
        var absorbed = await ledger.Store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, Absorbed));
        var (one, other) = (Skill.Fold(survivor.Select(e => e.Event)), Skill.Fold(absorbed.Select(e => e.Event)));
        var content = ((SkillEvent.SkillCreated)survivor[0].Event).Content with { Rationale = "the two were taken for one another" };
        var outcome = await ledger.Store.AppendAsync(new()
        {
            Context = new() { Actor = new(ActorKind.Policy, "default"), CausationId = "merge", CorrelationId = "merge", DecidedBy = "default@4", RecordedAt = DateTimeOffset.UtcNow },
            Streams =
            [
                new(Streams.Of(Streams.Skill, Merged), Streams.Skill, survivor[^1].Version, [new SkillEvent.SkillMerged(2, [one.Reference(one.Current!), other.Reference(other.Current!)], content)]),
                new(Streams.Of(Streams.Skill, Absorbed), Streams.Skill, absorbed[^1].Version, [new SkillEvent.SkillAbsorbed(new(Merged, 2, content.Package.Digest), 1)]),
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
