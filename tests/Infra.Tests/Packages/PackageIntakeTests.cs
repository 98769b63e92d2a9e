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
    public void Two_files_that_are_one_somewhere_are_refused(string path) => Refused([Skill, File(path, "x")], "one path");

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
