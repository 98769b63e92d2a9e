using System.Diagnostics;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.Functions.Reading;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Benchmarks;

/// <summary>What pages of the console read, on a ledger of some 100,000 events: 2,000 skills of five versions with what was said of each, and the evidence of families.</summary>
internal static class ConsoleBenchmark
{
    private const int Skills = 2_000, Versions = 5, Evidence = 34_000, StreamsAtOnce = 50;

    public static async Task RunAsync(Bench bench)
    {
        for (var from = 0; from < Skills; from += StreamsAtOnce)
            AppendBenchmark.Written(await bench.Store.AppendAsync(new() { Context = Load.Context, Streams = [.. Enumerable.Range(from, StreamsAtOnce).Select(n => new StreamAppend($"skill-s{n:00000}", Streams.Skill, 0, Life(n)))] }));
        for (var from = 0; from < Evidence; from += 1_000)
            AppendBenchmark.Written(await bench.Store.AppendAsync(Load.Transaction(Load.NewStream(), 0, Load.Events(from, 1_000))));
        await bench.Sealer.SealAllAsync();
        await new ProjectionRunner(bench.Db, bench.Store, ProjectionRunner.All).CatchUpAsync();
        await using (var analyze = bench.Db.CreateCommand("analyze")) await analyze.ExecuteNonQueryAsync();
        var leaves = (await bench.Store.SizeAsync()).Sealed;
        await using var one = bench.Db.CreateCommand("select e.id::text from ledger.leaves l join ledger.mt_events e on e.seq_id = l.seq_id where l.leaf_index = 10");
        var id = (string)(await one.ExecuteScalarAsync())!;
        Console.WriteLine($"\nreading for the console: {leaves:N0} sealed events, {Skills:N0} skills");

        var (timeline, skills, tree) = (new Timeline(bench.Store), new SkillsAsOf(new(bench.Db), bench.Store), new LogTree(bench.Db));
        var (now, then) = (new LedgerMoment(leaves, null, leaves, ""), new LedgerMoment(leaves - 1, null, leaves, "then"));
        await MeasureAsync("timeline, the newest 100", async () => (await timeline.ReadAsync(new(), null, now, default)).Entries.Count);
        await MeasureAsync("timeline, a text that nothing has", async () => (await timeline.ReadAsync(new(Text: "no such text"), null, now, default)).Entries.Count);
        await MeasureAsync("timeline, an actor that nobody is", async () => (await timeline.ReadAsync(new(Actor: "nobody"), null, now, default)).Entries.Count);
        await MeasureAsync("timeline, an operation that was never done", async () => (await timeline.ReadAsync(new(Operation: "revoke"), null, now, default)).Entries.Count);
        await MeasureAsync("all skills, now", async () => (await skills.AllAsync(now, default)).Count);
        await MeasureAsync("all skills, as of a leaf", async () => (await new SkillsAsOf(new(bench.Db), bench.Store).AllAsync(then, default)).Count);
        await MeasureAsync("the same again, as for its next page", async () => (await skills.AllAsync(then, default)).Count);
        await MeasureAsync("an event by its id", async () => await tree.FindAsync(EventContext.DefaultTenant, id) is EventPlace.At ? 1 : 0);
        await MeasureAsync("growth, counted anew", async () => (await new EventCounts(bench.Db).ReadAsync(EventContext.DefaultTenant, 0, leaves, 3600)).Count);
        await MeasureAsync("what descends from a skill", async () => (await new SkillDescendants(bench.Db).OfAsync(EventContext.DefaultTenant, "s00001")).Count);
        await MeasureAsync("who has a package", async () => (await new PackageHolders(bench.Db).OfAsync(EventContext.DefaultTenant, [Content(1, 1).Package.Digest])).Count);
    }

    private static async Task MeasureAsync(string what, Func<Task<int>> read)
    {
        var (times, found) = (new List<double>(), 0);
        for (var round = 0; round < 6; round++)
        {
            var watch = Stopwatch.StartNew();
            found = await read();
            // The first is with caches cold and code uncompiled.
            if (round > 0) times.Add(watch.Elapsed.TotalMilliseconds);
        }
        times.Sort();
        Console.WriteLine($"  {what,-48}{times[times.Count / 2],10:N0} ms {found,10:N0} found");
    }

    private static IReadOnlyList<ILedgerEvent> Life(int skill)
    {
        var events = new List<ILedgerEvent>();
        for (var version = 1; version <= Versions; version++)
        {
            var content = Content(skill, version);
            events.Add(version == 1
                ? new SkillCreated { SkillId = $"s{skill:00000}", Name = $"skill-{skill:00000}", Origin = SkillOrigin.Learned, FamilyId = $"{skill:x12}", Environment = "shop", Kind = SkillKind.Functional, Content = content }
                : new SkillImproved(version, version - 1, content, []));
            foreach (var validator in (string[])["spec", "security"])
            {
                events.Add(new ValidationRequested($"job-{skill}-{version}-{validator}", version, content.Package.Digest, validator, "1", "sha256:0"));
                events.Add(new ValidationCompleted($"job-{skill}-{version}-{validator}", version, content.Package.Digest, validator, "1", "sha256:0", Verdict.Passed, new Dictionary<string, double>(), "sha256:1"));
            }
            events.Add(new TierDecided(version, content.Package.Digest, Tier.Q, Tier.T1, "strict@1", ["spec passed", "security passed"], []));
            events.Add(new AliasMoved("latest", version == 1 ? null : version - 1, version, "the newest version at T1 or above"));
        }
        return events;
    }

    private static VersionContent Content(int skill, int version) => new()
    {
        Description = $"Return the items of order {skill} the way that worked in {version} runs. Use it when a customer wants to send back what was delivered.",
        Package = Package.OfText((Package.SkillFile, $"---\nname: skill-{skill:00000}\n---\n\n# {version}\n")).Manifest,
        Composer = new("miner", "1"),
        Rationale = "the first recipe of this family",
    };
}
