using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Local;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests;

public sealed class StartTests(PostgresFixture postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_whose_keys_belong_to_another_home_is_refused_at_the_start()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (mine, others) = (Directory.CreateTempSubdirectory("pipeline-"), Directory.CreateTempSubdirectory("pipeline-"));
        await using (var server = await StartAsync(mine, database))
        {
            using var client = new HttpClient { BaseAddress = server.Url };
            using var body = new StringContent(new Run(1).ToEvent().ToJsonString(), null, "application/cloudevents+json");
            (await client.PostAsync(new Uri("/api/events", UriKind.Relative), body, Stop)).EnsureSuccessStatusCode();
        }

        var refused = await Should.ThrowAsync<LedgerServerException>(() => StartAsync(others, database));
        refused.Message.ShouldContain("put the key file that belongs to this database back");
        await using (await StartAsync(mine, database)) { }

        mine.Delete(recursive: true);
        others.Delete(recursive: true);
    }

    [Fact]
    public async Task What_is_no_connection_string_is_refused_by_the_name_of_its_variable()
    {
        var home = Directory.CreateTempSubdirectory("pipeline-");

        var refused = await Should.ThrowAsync<LedgerServerException>(() => StartAsync(home, "garbage"));

        refused.Message.ShouldContain("ConnectionStrings__Ledger");
        home.Delete(recursive: true);
    }

    private static Task<LedgerServer> StartAsync(DirectoryInfo home, string connectionString) =>
        LedgerServer.StartAsync(new(new(home.FullName)) { ConnectionString = connectionString }, _ => { }, Stop);
}
