using System.CommandLine;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;

namespace Pipeline.EndToEnd.Tests.Cli;

public sealed class UsageTests
{
    [Theory]
    [InlineData("skill")]
    [InlineData("skill", "lst")]
    [InlineData("emit")]
    [InlineData("emit", "x", "--format", "csv")]
    [InlineData("search")]
    [InlineData("search", "words", "--batch", "file")]
    [InlineData("search", "words", "--top", "0")]
    [InlineData("replay", "a@1", "--as-of", "5")]
    [InlineData("replay", "a", "--as-of", "yesterday")]
    [InlineData("up", "--port", "70000")]
    [InlineData("skill", "rollback", "a", "two")]
    [InlineData("status", "--url", "ftp://x")]
    [InlineData("down", "--purge")]
    public async Task A_command_line_that_is_not_right_ends_with_2_and_says_why(params string[] args)
    {
        using var folder = new ScratchFolder();

        var run = await CommandLineRun.OfAsync([.. args, "--home", folder.Root]);

        run.ExitCode.ShouldBe(ExitCodes.Usage);
        run.Out.ShouldBeEmpty();
        run.Error.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("--top takes a whole number, not abc.", "search", "renew", "--top", "abc")]
    [InlineData("--within takes a number, not abc.", "search", "renew", "--within", "abc")]
    [InlineData("--within is a share from 0 to 1.", "search", "renew", "--within", "NaN")]
    [InlineData("--above is a share from 0.1 to 10.", "index", "confusable", "--above", "11")]
    [InlineData("--share takes a whole number, not abc.", "alias", "move", "a", "b", "1", "--reason", "x", "--share", "abc")]
    [InlineData("--port takes a whole number, not abc.", "up", "--port", "abc")]
    [InlineData("--min-severity takes one of low, medium, high, critical, not bogus.", "scan", "x", "--min-severity", "bogus")]
    [InlineData("VERSION is a whole number, not two.", "skill", "rollback", "a", "two")]
    [InlineData("ALIAS is missing: ", "alias", "move", "a", "--reason", "x")]
    [InlineData("There is no command lst. Did you mean list?", "skill", "lst")]
    [InlineData("There is no command skil. Did you mean skill?", "skil", "list")]
    [InlineData("There is no option --enviroment. Did you mean --environment?", "search", "renew", "--enviroment", "x")]
    [InlineData("There is no option --bogus.", "status", "--bogus")]
    public async Task What_is_wrong_is_said_in_words_for_who_typed_it(string said, params string[] args)
    {
        var run = await CommandLineRun.OfAsync(args);

        run.ExitCode.ShouldBe(ExitCodes.Usage);
        run.Error.ShouldStartWith(said);
        run.Error.ShouldNotContain("System.");
    }

    [Fact]
    public void Words_that_begin_with_dashes_can_be_searched_for()
    {
        string[] args = ["search", "--top", "3", "--", "--force", "push"];

        UsageErrors.Of(Root().Parse(args), args).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("status")]
    [InlineData("skill", "list")]
    [InlineData("search", "words")]
    [InlineData("replay", "a")]
    public async Task A_home_without_a_ledger_is_taken_for_a_mistake_by_what_only_reads(params string[] args)
    {
        using var folder = new ScratchFolder();
        var home = Path.Combine(folder.Root, "typo");

        var run = await CommandLineRun.OfAsync([.. args, "--home", home]);

        run.ExitCode.ShouldBe(ExitCodes.NoServer);
        run.Error.ShouldContain($"There is no ledger in {home}.");
        Directory.Exists(home).ShouldBeFalse();
    }

    [Fact]
    public async Task Help_of_every_command_has_a_description_and_an_example()
    {
        foreach (var command in Commands(Root()).Where(c => !c.Hidden))
        {
            var help = await CommandLineRun.OfAsync([.. CommandReference.PathOf(command), "--help"]);

            help.ExitCode.ShouldBe(ExitCodes.Done);
            help.Out.ShouldContain(command.Description!);
            command.Examples.ShouldNotBeEmpty();
            foreach (var example in command.Examples) help.Out.ShouldContain(example);
        }
    }

    [Fact]
    public void Every_example_is_a_command_line_that_is_understood()
    {
        foreach (var example in Commands(Root()).SelectMany(c => c.Examples))
            Root().Parse(example.Split(" > ")[0]).Errors.ShouldBeEmpty(example);
    }

    [Fact]
    public async Task The_help_of_the_program_documents_every_exit_code()
    {
        var help = await CommandLineRun.OfAsync("--help");

        foreach (var (code, meaning) in ExitCodes.All) help.Out.ShouldContain($"{code,-4} {meaning}");
    }

    [Fact]
    public void The_page_in_docs_is_what_the_commands_say_of_themselves()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));

        page.ShouldBe(CommandReference.Markdown(Root()), "make it anew: dotnet run --project functions -- docs > docs/cli.md");
    }

    [Theory]
    [InlineData("renew-loan@2", "renew-loan", 2)]
    [InlineData("renew-loan", "renew-loan", null)]
    [InlineData("someone@example", "someone@example", null)]
    [InlineData("a@b@3", "a@b", 3)]
    [InlineData("@3", "@3", null)]
    public void A_skill_is_named_with_or_without_a_version(string text, string skill, int? version) =>
        SkillReference.Parse(text).ShouldBe(new SkillReference(skill, version));

    [Fact]
    public async Task Without_a_server_at_the_url_the_command_ends_with_3()
    {
        var run = await CommandLineRun.OfAsync("status", "--url", "http://127.0.0.1:1");

        run.ExitCode.ShouldBe(ExitCodes.NoServer);
        run.Error.ShouldContain("No server answers at http://127.0.0.1:1/");
    }

    [Fact]
    public async Task A_stop_while_a_command_runs_ends_it_with_130()
    {
        await using var ledger = await StubLedger.StartAsync();
        ledger.Slowness = int.MaxValue;
        using var stopped = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        using var stop = new StopSignals(stopped.Token);
        using var output = new StringWriter();
        var streams = new Streams(() => new MemoryStream("{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"com.skillpipeline.outcome.v1\",\"data\":{}}"u8.ToArray()), output, TextWriter.Null, false, false, false);

        var exitCode = await CommandLine.RunAsync(["emit", "-", "--wait", "--url", ledger.Url.ToString()], streams, stop);

        exitCode.ShouldBe(ExitCodes.Interrupted);
        output.ToString().ShouldBeEmpty();
    }

    private static RootCommand Root() =>
        CommandLine.Root(new CliContext(new Streams(() => Stream.Null, TextWriter.Null, TextWriter.Null, false, false, false), new GlobalOptions(), TimeProvider.System));

    private static IEnumerable<CliCommand> Commands(Command command) =>
        command.Subcommands.SelectMany(c => c is CliCommand leaf ? [leaf] : Commands(c));
}
