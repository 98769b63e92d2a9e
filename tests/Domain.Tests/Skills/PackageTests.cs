using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Tests.Skills;

public sealed class PackageTests
{
    private static readonly PackageFile[] Files =
    [
        new("SKILL.md", PackageFile.Regular, "text"u8.ToArray()),
        new("scripts/run.sh", PackageFile.Executable, "echo"u8.ToArray()),
        new("references/a.md", PackageFile.Regular, []),
    ];

    private static Arbitrary<PackageFile[]> Packages { get; } = Gen.Elements("SKILL.md", "a", "b", "B", "a/b", "a-b", "ä", "\ufb33", "\ud83d\ude00")
        .Zip(Gen.Elements(PackageFile.Regular, PackageFile.Executable), (path, mode) => (path, mode))
        .Zip(Gen.Choose(0, 3).Select(n => new byte[] { 1, 2, 3 }[..n]), (file, content) => new PackageFile(file.path, file.mode, content))
        .ListOf().Select(files => files.DistinctBy(f => f.Path).ToArray()).ToArbitrary();

    [Fact]
    public void The_digest_does_not_depend_on_the_order_of_the_files() => Prop.ForAll(Packages, files =>
        Package.Of(files).Digest == Package.Of(files.Reverse()).Digest
        && Package.Of(files).Manifest == PackageManifest.Of(files.Reverse())).Check(Properties.Config());

    [Fact]
    public void Packages_with_one_digest_have_the_same_files() => Prop.ForAll(Packages, Packages, (a, b) =>
        (Package.Of(a).Digest == Package.Of(b).Digest) == (Text(a) == Text(b))).Check(Properties.Config(1000));

    [Fact]
    public void The_digest_depends_on_path_mode_and_content()
    {
        var digest = Package.Of(Files).Digest;
        PackageFile[][] others =
        [
            [Files[0] with { Path = "skill.md" }, Files[1], Files[2]],
            [Files[0], Files[1] with { Mode = PackageFile.Regular }, Files[2]],
            [Files[0] with { Content = "texts"u8.ToArray() }, Files[1], Files[2]],
            [Files[0] with { Content = Files[1].Content }, Files[1] with { Content = Files[0].Content }, Files[2]],
            [Files[0], Files[1]],
        ];

        others.Select(o => Package.Of(o).Digest).Append(digest).Distinct().Count().ShouldBe(others.Length + 1);
    }

    // Stored with every version: a change of the formula would orphan every package there is.
    [Fact]
    public void The_digest_is_what_it_was() =>
        Package.Of(Files).Digest.ShouldBe("sha256:adf284278dbb2b01aba41e1cfe404f42fa384c52f362b000a95b761d7299cdbf");

    [Fact]
    public void The_manifest_names_each_file_by_digest_and_size() => Package.Of(Files).Manifest.Files.ShouldBe(
    [
        new("SKILL.md", PackageFile.Regular, Digest.Of("text"), 4),
        new("references/a.md", PackageFile.Regular, Digest.Of(""), 0),
        new("scripts/run.sh", PackageFile.Executable, Digest.Of("echo"), 4),
    ]);

    [Fact]
    public void One_path_twice_is_no_package() => Should.Throw<ArgumentException>(() => Package.Of([Files[0], Files[1], Files[0]]));

    private static string Text(IEnumerable<PackageFile> files) =>
        string.Join('\n', files.OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => $"{f.Path} {f.Mode} {Convert.ToHexString(f.Content)}"));
}
