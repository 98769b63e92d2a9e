using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Tests.Coding;

public sealed class ShellLineTests
{
    [Theory]
    [InlineData("git commit -m 'a && b'", "git commit")]
    [InlineData("cd /srv/app && sudo -u deploy env A=1 /usr/bin/git -C sub push origin main; ls", "cd|git push|ls")]
    [InlineData("cat a.txt | grep -v x | sort > out.txt 2>&1", "cat|grep|sort")]
    [InlineData("V=$(git describe --tags) make -j4 \"TAG=$(date +%F)\"", "git describe|date|make")]
    [InlineData("python3 -m pip install 'x>=2' && python3.11 -m pytest -q", "pip install|pytest")]
    [InlineData("timeout 30 npx eslint src || uv run pytest", "eslint|pytest")]
    [InlineData("for f in *.csv; do wc -l \"$f\"; done", "wc")]
    [InlineData("if [ -f a ]; then rm a; fi", "rm")]
    [InlineData("find . -name '*.py' | xargs -n 1 grep -l main", "find|grep")]
    [InlineData("npm run build:prod & npm test", "npm run build:prod|npm test")]
    [InlineData("(cd sub; make clean) ; echo `whoami`", "cd|make clean|whoami|echo")]
    [InlineData("# only a remark\nls # another\n", "ls")]
    [InlineData("a=1", "")]
    [InlineData("trivy fs lock.json --format json", "trivy fs")]
    [InlineData("./run-all.sh --fast", "run-all.sh")]
    [InlineData("$(unclosed 'and \"broken", "unclosed")]
    public void Heads_are_the_programs_that_a_line_runs(string line, string heads) => HeadsOf(line).ShouldBe(heads);

    [Fact]
    public void A_here_document_is_the_input_of_its_command_and_no_command()
    {
        var commands = ShellLine.Parse("cat <<'EOF' > a.py && python a.py\nimport os; rm -rf x\nEOF\nls");

        commands.Select(c => c.Words[0]).ShouldBe(["cat", "python", "ls"]);
        commands[0].Input.ShouldBe("import os; rm -rf x\n");
        commands[0].Writes.ShouldBe(["a.py"]);
    }

    [Fact]
    public void Two_here_documents_of_one_line_follow_each_other() =>
        ShellLine.Parse("cat <<A; cat <<-B\none\nA\n\ttwo\n\tB\nls").Select(c => c.Input).ShouldBe(["one\n", "\ttwo\n", ""]);

    [Fact]
    public void A_copy_of_a_descriptor_is_no_file_and_its_number_no_word()
    {
        var command = ShellLine.Parse("make all 2>errors.txt >>log 2>&1 &>both").ShouldHaveSingleItem();

        command.Words.ShouldBe(["make", "all"]);
        command.Writes.ShouldBe(["errors.txt", "log", "both"]);
    }

    [Fact]
    public void Any_text_is_read_without_failing() => Prop
        .ForAll(Properties.Sequences(Gen.Elements("'", "\"", "$(", "`", "(", ")", "<<", "EOF", "\n", ";", "|", "&", ">", "<", "${", "}", "\\", " ", "a", "git", "#", "\0"), 80),
            parts =>
            {
                var line = string.Concat(parts);
                foreach (var command in ShellLine.Parse(line)) CommandHead.Of(command.Words);
            })
        .Check(Properties.Config(1000));

    [Theory]
    [InlineData("$(")]
    [InlineData("'")]
    [InlineData("\"$(")]
    [InlineData("<<A ;")]
    [InlineData("<<A\n")]
    [InlineData("${")]
    [InlineData("a ")]
    [InlineData("a;")]
    [InlineData("((((")]
    [InlineData("a>b ")]
    [InlineData("`\"")]
    public void Megabytes_of_hostile_text_cost_no_more_than_their_length(string part)
    {
        Growth.ShouldBeLinear(1_000_000 / part.Length, times => string.Concat(Enumerable.Repeat(part, times)), line => ShellLine.Parse(line));
    }

    private static string HeadsOf(string line) =>
        string.Join('|', ShellLine.Parse(line).Select(c => CommandHead.Of(c.Words).Name).Where(n => n.Length > 0));
}
