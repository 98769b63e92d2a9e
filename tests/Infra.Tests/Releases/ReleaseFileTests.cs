using System.Text;
using Pipeline.Infra.Releases;

namespace Pipeline.Infra.Tests.Releases;

public sealed class ReleaseFileTests
{
    [Fact]
    public void A_manifest_names_versions_by_skill_and_alias()
    {
        var file = Parse("""
            # What production serves
            release: 1
            aliases:
              renew-loan: { production: 3, canary: { version: 4, share: 10 } }
              "return-book":
                production: 1
                canary: { version: 2, share: 100 }
            """);

        file.AsOf.ShouldBeNull();
        file.Pins.ShouldBe([new("renew-loan", "production", 3, null, 4), new("renew-loan", "canary", 4, 10, 4), new("return-book", "production", 1, null, 6), new("return-book", "canary", 2, null, 7)]);
    }

    [Fact]
    public void A_manifest_may_be_a_leaf_or_pin_nothing()
    {
        Parse("release: 1\nas-of: 4120\n").AsOf.ShouldBe(4120);
        Parse("\uFEFFrelease: 1\naliases: {}\n").Pins.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("# nothing\n", "the file is empty")]
    [InlineData("- a\n", "line 1: a release manifest is no mapping of keys to values")]
    [InlineData("release: 1\n", "it says neither aliases nor as-of; 'aliases: {}' is how to pin nothing")]
    [InlineData("aliases: {}\n", "it does not say 'release: 1', by which a manifest is known")]
    [InlineData("release: 2\naliases: {}\n", "it is of format 'release: 2', and this program reads 'release: 1'")]
    [InlineData("release: 1\naliases: {}\nas-of: 3\n", "it says both aliases and as-of; one of them is what is to stand")]
    [InlineData("release: 1\nas-of: yesterday\n", "line 2: as-of is a leaf, a whole number from 0, not 'yesterday'")]
    [InlineData("release: 1\nas-of: -1\n", "line 2: as-of is a leaf, a whole number from 0, not '-1'")]
    [InlineData("release: 1\nalias: {}\n", "line 2: there is no key 'alias'; a manifest has release, and aliases or as-of")]
    [InlineData("release: 1\naliases:\n  a: { production: two }\n", "line 3: a version is a whole number from 1, not 'two'")]
    [InlineData("release: 1\naliases:\n  a: { production: 0 }\n", "line 3: a version is a whole number from 1, not '0'")]
    [InlineData("release: 1\naliases:\n  a: { production: 99999999999 }\n", "line 3: a version is a whole number from 1, not '99999999999'")]
    [InlineData("release: 1\naliases:\n  a: { production: [1] }\n", "line 3: what production is to be is no mapping of keys to values")]
    [InlineData("release: 1\naliases:\n  a:\n    canary: { share: 10 }\n", "line 4: canary of a has no version")]
    [InlineData("release: 1\naliases:\n  a:\n    canary: { version: 1, share: 101 }\n", "line 4: a share, in percent, is a whole number from 0 to 100, not '101'")]
    [InlineData("release: 1\naliases:\n  a:\n    canary: { version: 1, part: 10 }\n", "line 4: there is no key 'part'; an alias has version and share")]
    [InlineData("release: 1\naliases:\n  a: { Production: 1 }\n", "line 3: 'Production' is no alias: at most 64 lower-case letters, digits and single hyphens inside")]
    [InlineData("release: 1\naliases:\n  a: { production: 1 }\n  a: { canary: 1 }\n", "line 4: 'a' stands there twice")]
    [InlineData("release: 1\naliases:\n  a: { production: 1, production: 2 }\n", "line 3: 'production' stands there twice")]
    [InlineData("release: 1\naliases:\n  a: &x { production: 1 }\n  b: *x\n", "line 4: what stands behind 'b' is no mapping of keys to values")]
    [InlineData("release: 1\naliases: {}\n---\nrelease: 1\n", "line 3: a second document begins; a manifest is one")]
    public void What_cannot_be_used_is_refused_with_its_line(string yaml, string problem) => Problem(Encoding.UTF8.GetBytes(yaml)).ShouldBe(problem);

    [Theory]
    [InlineData("release: 1\naliases:\n\ta: 1\n", "line 3: ")]
    [InlineData("release: 1\naliases: {", "line 3: ")]
    [InlineData("release: \"1\n", "line ")]
    public void Broken_YAML_is_refused_with_its_line(string yaml, string begins) => Problem(Encoding.UTF8.GetBytes(yaml)).ShouldStartWith(begins);

    [Fact]
    public void A_hostile_file_is_refused_and_nothing_is_built_of_it()
    {
        Problem(Encoding.UTF8.GetBytes("release: 1\naliases: " + new string('[', 200_000))).ShouldBe("line 2: aliases is no mapping of keys to values");
        Problem(new byte[ReleaseFile.LongestFile + 1]).ShouldContain("longer than");
        Problem([0xC3, 0x28]).ShouldBe("it is not UTF-8");
        Problem(Encoding.UTF8.GetBytes($"release: 1\naliases:\n  a:\n{string.Concat(Enumerable.Range(0, ReleaseFile.MostPins + 1).Select(n => $"    a{n}: 1\n"))}")).ShouldEndWith($"more than {ReleaseFile.MostPins} aliases");
    }

    private static ReleaseFile Parse(string yaml) => ReleaseFile.Parse(Encoding.UTF8.GetBytes(yaml));

    private static string Problem(byte[] yaml) => Should.Throw<ReleaseFileException>(() => ReleaseFile.Parse(yaml)).Message;
}
