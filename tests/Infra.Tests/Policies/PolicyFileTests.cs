using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation;
using Pipeline.Infra.Policies;

namespace Pipeline.Infra.Tests.Policies;

public sealed class PolicyFileTests
{
    public static TheoryData<string> Shipped => [.. Directory.EnumerateFiles(Path.Combine(Root(), "policies"), "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("none", Variants.None)]
    [InlineData("propose", Variants.Propose)]
    [InlineData("create", Variants.Create)]
    [InlineData("off", Variants.Off)]
    public void What_is_done_for_a_model_that_a_skill_harms_is_read(string said, Variants variants) =>
        PolicyFile.Parse(System.Text.Encoding.UTF8.GetBytes($"id: p\nversion: 1\nvariants: {said}\n")).Variants.ShouldBe(variants);

    [Theory, MemberData(nameof(Shipped))]
    public void Every_shipped_policy_can_be_used_and_is_called_as_its_file(string id) => Read(id).Id.ShouldBe(id);

    [Fact]
    public void The_shipped_policy_says_what_the_record_defaults_to_but_for_what_it_switches_on() =>
        Read("default").ShouldBe(new CurationPolicy
        {
            Id = "default",
            Version = 4,
            MergeConfusedAbove = 0.95,
            Rules = new()
            {
                Merge = "overlap",
                Retire = "marginal-utility",
                Reinstate = "renewal",
                Rollback = "sequential-lineage",
                Stale = "silence",
            },
            AuditEvery = 10,
            MaxProposalsPerDay = 5,
            Variants = Variants.Propose,
        });

    [Fact]
    public void The_presets_state_the_published_thresholds()
    {
        var slim = Read("slim");
        (slim.Rules.Retire, slim.AverageDecay, slim.RetireBelow, slim.RetireAudits, slim.MinExposure).ShouldBe(("moving-average", 0.9, 0.001, 3, 30));
        (slim.Rules.Create, slim.ExpandBelow, slim.ExpandFailures, slim.ExpandMost).ShouldBe(("expansion", 0.4, 20, 2));
        var skvm = Read("skvm");
        (skvm.Rules.Improve, skvm.MinGain, skvm.TieSaving, skvm.MaxTaskDrop, skvm.GoodEnough).ShouldBe(("measured-gain", 0.02, 0.15, 0.2, 0.95));
        var evolver = Read("evolver");
        (evolver.Rules.Retire, evolver.RetireBelow, evolver.Rules.Merge, evolver.MergeAbove).ShouldBe(("smoothed-success", 0.3, "similarity", 0.85));
        var xskill = Read("xskill");
        (xskill.Rules.Merge, xskill.MergeAbove).ShouldBe(("cosine", 0.7));
    }

    [Fact]
    public void A_policy_from_before_there_were_rules_goes_on_meaning_create_and_improve() => Parse("id: default\nversion: 1\n").Rules.ShouldBe(new OperationRules
    {
        Create = "procedure",
        Improve = "held-out",
        Merge = "none",
        Retire = "none",
        Reinstate = "none",
        Rollback = "none",
        Stale = "none",
    });

    [Fact]
    public void What_a_file_does_not_say_is_the_default() => Parse("id: p\nversion: 7\ngrowth: 2\n").ShouldBe(new CurationPolicy { Id = "p", Version = 7, Growth = 2 });

    [Fact]
    public void Every_parameter_can_be_said() => Parse("""
        id: p
        version: 2
        minSuccesses: 5
        minTasks: 4
        growth: 2.5
        maxEpisodes: 90
        maxPerTask: 3
        freeShareOfSource: 20
        stepSupport: 0.7
        optionalSupport: 0.3
        maxRegression: 0.05
        holdOutOneIn: 4
        """).ShouldBe(new CurationPolicy
    {
        Id = "p",
        Version = 2,
        MinSuccesses = 5,
        MinTasks = 4,
        Growth = 2.5,
        MaxEpisodes = 90,
        MaxPerTask = 3,
        FreeShareOfSource = 20,
        StepSupport = 0.7,
        OptionalSupport = 0.3,
        MaxRegression = 0.05,
        HoldOutOneIn = 4,
    });

    [Theory]
    [InlineData("id: p\nversion: 1\nminSucesses: 3\n", "line 3", "there is no key 'minSucesses'")]
    [InlineData("id: p\nversion: 1\nMinSuccesses: 3\n", "line 3", "MinSuccesses")]
    [InlineData("id: p\nversion: 1\nid: q\n", "line 3", "id")]
    [InlineData("id: p\nversion: one\n", "line 2", "one")]
    [InlineData("id: p\nversion: 1\nrules:\n  retier: none\n", "line 4", "retier")]
    [InlineData("id: p\nversion: 1\nvariants: maybe\n", "line 3", "")]
    [InlineData("id: p\nversion: 1\nminSuccesses: 3.5\n", "line 3", "3.5")]
    [InlineData("id: p\nversion: 1\nmaxEpisodes: 99999999999\n", "line 3", "too large")]
    [InlineData("id: p\nversion: 1\ngrowth: [2]\n", "line 3", "")]
    [InlineData("id: [[[[p]]]]\nversion: 1\n", "line 1", "another kind")]
    [InlineData("- id: p\n", "line 1", "")]
    [InlineData("id: p\n\tversion: 1\n", "line 1", "tab")]
    [InlineData("id: &a [*a]\n", "line 1", "")]
    public void What_cannot_be_read_is_refused_with_line_and_reason(string yaml, string line, string reason)
    {
        var refused = Should.Throw<PolicyFileException>(() => Parse(yaml)).Message;

        refused.ShouldStartWith("the file cannot be used: " + line);
        refused.ShouldContain(reason);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("# nothing\n", "empty")]
    [InlineData("version: 1\n", "id must not be empty")]
    [InlineData("id:\nversion: 1\n", "id must not be empty")]
    [InlineData("id: p\n", "version must be 1 or more")]
    [InlineData("id: p\nversion: 1\ngrowth: .nan\n", "line 3: growth must be above 1")]
    [InlineData("id: p\nversion: 1\n\n# so\nstepSupport: .inf\n", "line 5: stepSupport must be above 0 and at most 1")]
    [InlineData("id: p\nversion: 1\nminSuccesses: 2\n", "minTasks must be between 1 and minSuccesses")]
    [InlineData("id: p\nversion: 1\nholdOutOneIn: 0\nmaxRegression: 2\n", "line 4: maxRegression must be between 0 and 1; line 3: holdOutOneIn must be 2 or more")]
    [InlineData("id: p\nversion: 1\nrules:\n  retire: by-mood\nauditEvery: 1\n", "line 4: rules.retire must be marginal-utility, moving-average, smoothed-success or none, not 'by-mood'")]
    [InlineData("id: p\nversion: 1\nrules: { merge: all }\n", "line 3: rules.merge must be")]
    [InlineData("id: p\nversion: 1\nrules:\n  retire: moving-average\n", "auditEvery must be 1 or more where a rule retires, reinstates or rolls back")]
    [InlineData("id: p\nversion: 1\nconfidence: 1\n", "line 3: confidence must be 0.5 or more and below 1")]
    public void What_cannot_be_used_is_refused_with_the_reason(string yaml, string reason) => Should.Throw<PolicyFileException>(() => Parse(yaml)).Message.ShouldContain(reason);

    [Fact]
    public void A_byte_order_mark_and_windows_lines_are_no_matter() => Parse("\ufeffid: p\r\nversion: 1\r\n").Id.ShouldBe("p");

    [Fact]
    public void A_file_that_is_nothing_but_depth_is_refused() => Should.Throw<PolicyFileException>(() => Parse("id: " + new string('[', 20_000)));

    [Fact]
    public void Whatever_is_written_is_a_policy_or_refused() => Prop.ForAll(
        Gen.Elements("id: p", "version: 1", "growth", "\n", " ", ":", "'", "\"", "[", "]", "{", "}", "&a", "*a", "|", "- ", "?", "#", "\t", "!!int", "%YAML", "\\u", "😀", "\0", "---").ListOf(20).ToArbitrary(),
        parts =>
        {
            try
            {
                Parse(string.Concat(parts)).Problems().ShouldBeEmpty();
            }
            catch (PolicyFileException e)
            {
                e.Message.ShouldStartWith("the file cannot be used: ");
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithQuietOnSuccess(true));

    private static CurationPolicy Read(string id) => PolicyFile.Parse(File.ReadAllBytes(Path.Combine(Root(), "policies", $"{id}.yaml")));

    private static CurationPolicy Parse(string yaml) => PolicyFile.Parse(Encoding.UTF8.GetBytes(yaml));

    internal static string Root()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Pipeline.sln"))) at = Path.GetDirectoryName(at)!;
        return at;
    }
}
