using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Packages;

namespace Pipeline.Infra.Tests.Packages;

public sealed class PackageIntakeTests
{
    private static readonly (string Path, string Mode, string Content) Skill = File("SKILL.md", "# Skill");

    [Fact]
    public void A_package_is_read_with_its_modes()
    {
        var (package, problem) = PackageIntake.Read([Skill, ("scripts/run.sh", PackageFile.Executable, Base64("echo")), File("references/größe.md", "")]);

        problem.ShouldBe("");
        package!.Files.Select(f => (f.Path, f.Mode, Encoding.UTF8.GetString(f.Content))).ShouldBe(
            [("SKILL.md", "100644", "# Skill"), ("references/größe.md", "100644", ""), ("scripts/run.sh", "100755", "echo")]);
    }

    [Theory]
    [InlineData("../evil", "leads out")]
    [InlineData("a/../../evil", "leads out")]
    [InlineData("a/./b", "leads out")]
    [InlineData("/etc/passwd", "absolute")]
    [InlineData("a//b", "absolute")]
    [InlineData("a/", "absolute")]
    [InlineData("a\\b", "backslash")]
    [InlineData("..\\evil", "backslash")]
    [InlineData("C:evil", "colon")]
    [InlineData("SKILL.md:stream", "colon")]
    [InlineData("a\nb", "control")]
    [InlineData("a\0b", "control")]
    [InlineData("run\u202egnp.sh", "control")]
    [InlineData("SKILL\u200b.md", "control")]
    [InlineData("scripts./run", "dot or a space")]
    [InlineData("run ", "dot or a space")]
    [InlineData("...", "dot or a space")]
    [InlineData("half\ud83d", "control")]
    [InlineData("what?.md", "Windows")]
    [InlineData("NUL", "device")]
    [InlineData("scripts/aux.py", "device")]
    [InlineData("com1.tar.gz", "device")]
    [InlineData("LPT³", "device")]
    [InlineData("1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", "deeper than 16")]
    [InlineData("é三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三三", "longer than 255")]
    [InlineData("", "1 to 240")]
    public void A_path_that_could_be_another_file_somewhere_is_refused(string path, string problem) => Refused([Skill, File(path, "x")], problem);

    [Fact]
    public void A_path_has_an_end()
    {
        Refused([Skill, File(new string('a', 241), "")], "1 to 240");
        PackageIntake.Read([Skill, File(new string('a', 240), "")]).Package.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("SKILL.md")]
    [InlineData("skill.MD")]
    [InlineData("\u017FKILL.md")]
    public void Two_files_that_are_one_somewhere_are_refused(string path) => Refused([Skill, File(path, "x")], "one path");

    [Theory]
    [InlineData("references/caf\u00e9.md", "references/cafe\u0301.md")]
    [InlineData("references/CAF\u00c9.md", "references/cafe\u0301.md")]
    [InlineData("\u00c5", "\u212b")]
    [InlineData("ΟΔΟΣ", "οδος")]
    public void Two_spellings_of_one_name_are_refused(string one, string other) => Refused([Skill, File(one, ""), File(other, "")], "one path where case or spelling");

    [Fact]
    public void A_reason_names_the_file_and_shows_nothing_that_could_steer_a_terminal()
    {
        Refused([Skill, File("../evil", "x")], "'../evil' is absolute or leads out of the package: use a path below its folder");
        Refused([Skill, File("a\u001b[2Jb", "x")], "'a\\u001b[2Jb' has a control character");
    }

    [Theory]
    [InlineData("references/a.md", new byte[] { 97, 0xff, 0xfe }, "'references/a.md' is no text in UTF-8 (byte 2)")]
    [InlineData("references/A.MD", new byte[] { 97, 0 }, "'references/A.MD' is no text (byte 2 is zero)")]
    [InlineData("SKILL.md", new byte[] { 0xc3 }, "'SKILL.md' is no text in UTF-8 (byte 1)")]
    public void Markdown_is_text(string path, byte[] content, string problem) =>
        Refused([.. new[] { Skill }.Where(s => s.Path != path), (path, PackageFile.Regular, Convert.ToBase64String(content))], problem);

    [Fact]
    public void What_is_no_Markdown_may_be_anything() =>
        PackageIntake.Read([Skill, ("assets/logo.png", PackageFile.Regular, Convert.ToBase64String([0, 0xff, 0]))]).Package.ShouldNotBeNull();

    [Fact]
    public void A_line_of_a_megabyte_is_refused_with_its_number()
    {
        Refused([Skill, File("a.md", "one\ntwo\n" + new string('x', 1 << 20))], "'a.md': line 3 has more than 262144 bytes");
        PackageIntake.Read([Skill, File("a.md", new string('x', PackageIntake.LongestLine))]).Package.ShouldNotBeNull();
    }

    [Fact]
    public void A_SKILL_md_that_no_agent_could_load_is_refused() =>
        Refused([File("SKILL.md", string.Concat(Enumerable.Repeat("0123456789\n", 100_000)))], "SKILL.md has more than 1048576 bytes");

    [Fact]
    public void Ten_thousand_files_are_refused_without_being_read()
    {
        var read = 0;

        Refused(Enumerable.Range(0, 10_000).Select(i => (Path: $"f{i}", Mode: PackageFile.Regular, Content: $"{(read++ < 0 ? "x" : "")}")), "more than 500 files");
        read.ShouldBe(501);
    }

    [Theory]
    [InlineData("a", "a/b")]
    [InlineData("A/b/c/d", "a/B")]
    public void A_file_that_is_a_folder_too_is_refused(string one, string other) => Refused([Skill, File(one, ""), File(other, "")], "a file and a folder");

    [Theory]
    [InlineData("120000")]
    [InlineData("040000")]
    [InlineData("100777")]
    [InlineData("")]
    public void Links_folders_and_other_modes_are_refused(string mode) => Refused([Skill, ("a", mode, "")], "100644 or 100755");

    [Theory]
    [InlineData("####")]
    [InlineData("YQ")]
    [InlineData("YQ==YQ==")]
    [InlineData("é")]
    public void What_is_not_base64_is_refused(string content) => Refused([Skill, ("a", PackageFile.Regular, content)], "not base64");

    [Fact]
    public void A_package_without_a_skill_is_refused()
    {
        Refused([], "no SKILL.md");
        Refused([File("skill.md", "x"), File("a/SKILL.md", "x")], "no SKILL.md");
    }

    [Fact]
    public void Too_many_files_are_refused_and_as_many_as_may_be_are_not()
    {
        var most = Enumerable.Range(1, PackageIntake.MostFiles - 1).Select(i => File($"f{i}", "")).Prepend(Skill).ToList();

        PackageIntake.Read(most).Package!.Files.Count.ShouldBe(PackageIntake.MostFiles);
        Refused([.. most, File("one-more", "")], "more than 500 files");
    }

    [Fact]
    public void Too_many_bytes_are_refused_before_all_are_read()
    {
        var megabyte = Convert.ToBase64String(new byte[1024 * 1024]);
        var read = 0;
        var endless = Enumerable.Range(0, 1000).Select(i =>
        {
            read++;
            return ($"f{i}", PackageFile.Regular, megabyte);
        });

        Refused(endless, "more than 16777216 bytes");
        read.ShouldBe(17);
    }

    private static void Refused(IEnumerable<(string, string, string)> files, string problem)
    {
        var (package, said) = PackageIntake.Read(files);

        package.ShouldBeNull();
        said.ShouldContain(problem);
    }

    private static (string Path, string Mode, string Content) File(string path, string text) => (path, PackageFile.Regular, Base64(text));

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
