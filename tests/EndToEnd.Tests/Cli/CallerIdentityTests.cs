using Pipeline.Functions.Cli;

namespace Pipeline.EndToEnd.Tests.Cli;

public sealed class CallerIdentityTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_user_keeps_the_id_that_was_made_first_however_many_commands_start_together()
    {
        var path = folder["pipeline/caller"];

        var keys = Enumerable.Range(0, 16).AsParallel().WithDegreeOfParallelism(16).Select(_ => CallerIdentity.Kept(path)).ToList();

        keys.Distinct().ShouldHaveSingleItem().Length.ShouldBe(32);
        CallerIdentity.Kept(path).ShouldBe(keys[0]);
        CallerIdentity.Kept(folder["elsewhere/caller"]).ShouldNotBe(keys[0]);
        Directory.EnumerateFiles(folder["pipeline"]).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    public void A_file_with_no_id_is_not_taken_for_one(string content) =>
        Should.Throw<IOException>(() => CallerIdentity.Kept(folder.Write("pipeline/caller", content))).Message.ShouldContain("delete it");
}
