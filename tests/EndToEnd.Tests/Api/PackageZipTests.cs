using Pipeline.Domain.Skills;
using Pipeline.Functions.LedgerApi;

namespace Pipeline.EndToEnd.Tests.Api;

public sealed class PackageZipTests
{
    [Fact]
    public void A_zip_is_the_same_bytes_whichever_system_made_it()
    {
        var here = PackageZip.Of([new("scripts/run.sh", PackageFile.Executable, "echo"u8.ToArray()), new("SKILL.md", PackageFile.Regular, "---"u8.ToArray())]);
        var elsewhere = here.ToArray();
        var entries = Enumerable.Range(0, elsewhere.Length - 4).Where(at => elsewhere.AsSpan(at, 4).SequenceEqual("PK\u0001\u0002"u8)).ToList();
        entries.Count.ShouldBe(2);
        foreach (var at in entries) elsewhere[at + 5] = 0;

        PackageZip.MadeByOneSystem(elsewhere);

        elsewhere.ShouldBe(here);
        entries.ShouldAllBe(at => here[at + 5] == 3);
    }
}
