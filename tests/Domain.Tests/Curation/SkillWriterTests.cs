using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation;

public sealed class SkillWriterTests
{
    private static readonly CurationPolicy Policy = new() { Id = "default", Version = 1 };

    [Fact]
    public void A_procedure_reads_as_a_person_would_write_it()
    {
        List<MinedEpisode> episodes =
        [
            .. Renewals(4),
            .. Enumerable.Range(5, 2).Select(n => ARun.Of(n).User("Please renew my borrowed novel").Call(Renew, new { loan_id = $"L-{7000 + n}" }).Failed().Mined(Renew)),
        ];

        Written(episodes).ShouldBe(
            """
            ---
            name: library-renew-loan
            description: "Renew loan (library), step by step, with what to check afterwards. Use when the user wants to renew loan, or speaks of loan, renew, borrowed, card or novel."
            ---

            # Renew loan

            ## When to use

            For tasks that end in `renew_loan`. Users who want this say: loan, renew, borrowed, card, novel.

            ## Steps

            1. `find_reader` with `card` (from the user).
            2. `get_loan` with `loan_id` (from the user) and `reader_id` (`reader_id` from step 1).
            3. Tell the user exactly what will be done, with every value, and wait for a clear yes.
            4. `renew_loan` with `loan_id` (from the user) and `period` (usually `two weeks`).

            ## Checks

            - Afterwards `status` is `renewed`, as `renew_loan` returns it.

            ## Pitfalls

            - Do not act before the user has agreed to exactly what will be done: 2 of 2 failed runs did so, and 0 of 4 that went well.
            - Do not skip `find_reader`: 2 of 2 failed runs did so, and 0 of 4 that went well.
            - Do not skip `get_loan`: 2 of 2 failed runs did so, and 0 of 4 that went well.

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void What_only_some_runs_need_stands_in_a_file_of_its_own_that_the_steps_point_to()
    {
        var episodes = Enumerable.Range(1, 10).Select(n => n <= 4
            ? ARun.Of(n).User("Hello").Call("get_fines", new { loan = $"L-{n + 1000}" }).Call(Renew, new { loan = $"L-{n + 1000}" }).Mined(Renew)
            : ARun.Of(n).User("Hello").Call(Renew, new { loan = $"L-{n + 1000}" }).Mined(Renew)).ToList();
        var procedure = Miner.Mine("library", Renew, episodes, Policy);

        var (document, _, package) = Miner.Compose("library-renew-loan", procedure, episodes, "");

        document.Sections.Single(s => s.Heading == "Steps").Text.ShouldBe("1. `renew_loan` with `loan` (as the task needs).\n\nWhat only some runs need is in `references/variants.md`.");
        package.Files.Select(f => f.Path).ShouldBe(["SKILL.md", "references/variants.md"]);
        SkillWriter.Variants(procedure).ShouldBe(
            """
            # Renew loan: what only some runs need

            Steps are numbered as in SKILL.md.

            - Before step 1: `get_fines` with `loan` (as the task needs).

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Where_every_run_needs_the_same_there_is_one_file()
    {
        var episodes = Renewals(4);

        Miner.Compose("n", Miner.Mine("library", Renew, episodes, Policy), episodes, "").Package.Files.ShouldHaveSingleItem();
    }

    [Fact]
    public void An_answer_ends_in_answering_and_has_no_checks()
    {
        var text = Written([.. Enumerable.Range(1, 3).Select(n => ARun.Of(n).User("Is it open on the holidays?").Call("get_hours", new { branch = "Main" }, new { state = "open" }).Mined(Episode.Answer))], Episode.Answer);

        text.ShouldContain("# Answer from the records (library)\n");
        text.ShouldContain("For questions, and for what may not or need not be changed: look first, then say so.");
        text.ShouldContain("1. `get_hours` with `branch` (usually `Main`).\n2. Answer from what the tools returned; say so where they do not tell, and say why where something cannot be done.\n");
        SkillDocument.SectionsOf(text).Select(s => s.Heading).ShouldBe(["When to use", "Steps"]);
    }

    [Fact]
    public void A_hand_over_is_the_last_resort_and_not_for_whatever_users_had_asked_for_before_it()
    {
        var text = Written(
            [.. Enumerable.Range(1, 4).Select(n => ARun.Of(n).User("Please extend my loan once more").Call("get_loan", new { loan = $"L-{n}" }).Agent("Three times is the most.").User("Then a person, please")
                .Call("transfer_to_human_librarian", new { summary = $"wants more, {n}" }).Mined("transfer_to_human_librarian"))],
            "transfer_to_human_librarian");

        text.ShouldContain("Use when the user insists on it, or no tool or rule allows what is asked.");
        text.ShouldContain("As the last resort: where no other skill serves, or the user insists. Ends in `transfer_to_human_librarian`.");
        text.ShouldNotContain("extend");
    }

    [Fact]
    public void An_effect_that_takes_a_value_from_its_own_result_is_told_of_without_it()
    {
        var episodes = Enumerable.Range(1, 4).Select(n => ARun.Of(n).User("Please move my two bookings along")
            .Call("get_room", new { room = $"B-{1000 + n}" }).Agent("Sure?").User("Yes")
            .Call("book_room", new { room = $"B-{1000 + n}", after = "none" }, new { next = $"N-{1000 + n}" })
            .Call("book_room", new { room = $"B-{1000 + n}", after = $"N-{1000 + n}" }).Mined("book_room")).ToList();

        Written(episodes, "book_room").ShouldContain("3. `book_room` with `room` (as the task needs) and `after` (as the task needs). Once for each thing that is asked for.");
    }

    [Fact]
    public void A_tool_without_Latin_words_is_named_as_it_is()
    {
        var text = Written([.. Enumerable.Range(1, 3).Select(n => ARun.Of(n).In("図書館").User("Hello").Call("貸出延長").Mined("貸出延長"))], "貸出延長");

        text.ShouldContain("description: \"`貸出延長` (図書館), step by step");
        text.ShouldContain("\n# `貸出延長`\n");
    }

    [Fact]
    public void A_version_says_which_composer_made_it() =>
        new AFamily(Library.Renew).Admit(Library.Renewals(4)).Conclude().Command.ShouldBeOfType<SkillCommand.Create>().Content.Composer.ShouldBe(new("miner", "3"));

    [Fact]
    public void Evidence_stands_behind_each_section_and_taint_is_told()
    {
        List<MinedEpisode> episodes = [.. Renewals(4), .. Enumerable.Range(5, 2).Select(n => ARun.Of(n).User("Hello").Call(Renew).Failed().Mined(Renew))];
        var (document, content, package) = Miner.Compose("n", Miner.Mine("library", Renew, episodes, Policy), episodes, "because");

        content.Sections.Select(s => s.Section).ShouldBe(document.Sections.Select(s => s.Heading));
        content.Sections.Single(s => s.Section == "Steps").EvidenceIds.ShouldBe(["e-001", "e-002", "e-003", "e-004"]);
        content.Sections.Single(s => s.Section == "Pitfalls").EvidenceIds.ShouldBe(["e-005", "e-006"]);
        content.Evidence.Select(e => e.EvidenceId).ShouldBe(episodes.Select(e => e.Id));
        content.Package.ShouldBe(package.Manifest);
        content.Taint.ShouldBe(["tool-output", "user-text"]);
        package.SkillText.ShouldBe(document.Markdown());
    }

    [Fact]
    public void There_is_nothing_to_mine_without_a_success() =>
        Should.Throw<ArgumentException>(() => Miner.Mine("library", Renew, [Renewal(1).Failed().Mined(Renew)], Policy));

    private static string Written(IReadOnlyList<MinedEpisode> episodes, string effect = Renew) =>
        SkillWriter.Write("library-renew-loan", Miner.Mine(episodes[0].Episode.Effect == effect ? EnvironmentOf(episodes) : "", effect, episodes, Policy)).Markdown();

    private static string EnvironmentOf(IReadOnlyList<MinedEpisode> episodes) => episodes[0].Episode.Effect == "貸出延長" ? "図書館" : "library";
}
