using Microsoft.Extensions.DependencyInjection;
using Pipeline.Domain.Ledger;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Functions.EraseSubject;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Blobs;
using Pipeline.Infra.Payloads;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Input;

/// <summary>A ledger whose payloads lie in Blob Storage.</summary>
public sealed class PayloadsInBlobStorageTests(PostgresFixture postgres, AzuriteFixture azurite)
{
    private const string Patron = "patron-17";

    private static readonly DataSubject s_patron = new(EventContext.DefaultTenant, Patron);

    [Fact]
    public async Task A_run_comes_in_is_learned_from_and_is_read_again_by_way_of_its_blob()
    {
        var container = await azurite.ContainerAsync();
        await using var ledger = await StartAsync(container);

        await LearnAsync(ledger, [.. Run.Many(6), new(7) { Asks = string.Concat(Enumerable.Repeat("The same question again. ", 20_000)) }]);

        (await BlobsAsync(container)).ShouldBe(7);
        (await ledger.ScalarAsync<long>("select count(*) from ledger.payloads")).ShouldBe(0);
        (await ledger.ReadAsync("/api/skills/library-renew-loan")).GetProperty("skill").GetProperty("version").GetInt32().ShouldBePositive();
        (await RunAsync(ledger, "replay", "library-renew-loan")).ExitCode.ShouldBe(ExitCodes.Done);
        var rederived = await RunAsync(ledger, "rederive", "--json");
        (rederived.ExitCode, rederived.Json.GetProperty("unreadable").GetInt32(), rederived.Json.GetProperty("erased").GetInt32()).ShouldBe((ExitCodes.Done, 0, 0));
        (await ledger.EmitAsync(Run.Many(6))).Statuses.ShouldAllBe(s => s == "duplicate");
        (await BlobsAsync(container)).ShouldBe(7);
    }

    [Fact]
    public async Task Runs_that_came_in_before_there_was_a_container_count_as_ever()
    {
        await using var before = await HandDrivenLedger.StartAsync(postgres);
        (await before.EmitAsync(Run.Many(3))).Status.ShouldBe(202);
        var container = await azurite.ContainerAsync();
        await using var ledger = await HandDrivenLedger.StartAsync(postgres, settings: SettingsOf(container), existing: before);

        await LearnAsync(ledger, Run.Many(3, from: 4));

        (await ledger.EventsAsync("trajectory_recorded")).ShouldBe(6);
        ((await BlobsAsync(container)), await ledger.ScalarAsync<long>("select count(*) from ledger.payloads")).ShouldBe((3, 3));
        (await RunAsync(ledger, "rederive", "--json")).Json.GetProperty("unreadable").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task An_erased_subject_s_blobs_are_gone_and_nobody_else_s()
    {
        var container = await azurite.ContainerAsync();
        await using var ledger = await StartAsync(container);
        await LearnAsync(ledger, [.. Run.Many(4).Select(r => r with { Subject = Patron }), .. Run.Many(2, from: 5)]);

        (await RunAsync(ledger, "subject", "erase", Patron, "--reason", "asked for", "--yes")).ExitCode.ShouldBe(ExitCodes.Done);

        (await BlobsAsync(container)).ShouldBe(2);
        (await ledger.EventsAsync("subject_erased")).ShouldBe(4);
    }

    [Fact]
    public async Task Where_the_program_died_after_the_key_the_sweep_deletes_the_blobs()
    {
        var container = await azurite.ContainerAsync();
        await using var ledger = await StartAsync(container);
        await LearnAsync(ledger, [.. Run.Many(4).Select(r => r with { Subject = Patron })]);
        var plan = (await ledger.Service<SubjectErasure>().PlanAsync(s_patron, "asked for", new(ActorKind.Admin, "local"), Stop))!;
        await ledger.Service<Erasures>().BeginAsync(s_patron, plan, DateTimeOffset.UtcNow, Stop);
        await ledger.Service<SubjectKeys>().DestroyAsync(s_patron, Stop);
        (await BlobsAsync(container)).ShouldBe(4);

        await ledger.Service<SubjectErasure>().ResumeAsync(EventContext.DefaultTenant, Stop);

        (await BlobsAsync(container)).ShouldBe(0);
        (await ledger.EventsAsync("subject_erased")).ShouldBe(4);
    }

    [Fact]
    public async Task While_the_storage_is_away_nothing_is_accepted_and_an_erasure_lacks_only_the_blobs()
    {
        var container = await azurite.ContainerAsync();
        var store = new MoodyStore();
        await using var ledger = await HandDrivenLedger.StartAsync(postgres, settings: SettingsOf(container), more: s =>
        {
            var real = s.Single(d => d.ServiceType == typeof(IPayloadStore)).ImplementationFactory!;
            s.AddSingleton<IPayloadStore>(p => store.Over((IPayloadStore)real(p)));
        });
        await LearnAsync(ledger, [.. Run.Many(4).Select(r => r with { Subject = Patron })]);

        // What was made of the runs cannot be compared with them now, so it is not begun.
        store.IsAway = true;
        (await ledger.EmitAsync(Run.Many(1, from: 9))).ShouldBeProblem(503, "storage-away");
        (await RunAsync(ledger, "subject", "erase", Patron, "--reason", "asked for", "--yes")).Error.ShouldContain("cannot be reached");
        (await ledger.EventsAsync("subject_erased")).ShouldBe(0);
        store.IsAway = false;

        store.KeepsEverything = true;
        var erased = await RunAsync(ledger, "subject", "erase", Patron, "--reason", "asked for", "--yes", "--json");
        erased.Json.GetProperty("pending").GetString().ShouldNotBeNull().ShouldContain("nobody can read the runs any more");
        (await ledger.EventsAsync("subject_erased")).ShouldBe(4);
        (await ledger.ScalarAsync<bool>($"select wrapped_key is null from ledger.subject_keys where subject = '{Patron}'")).ShouldBeTrue();
        await ledger.Service<SubjectErasure>().ResumeAsync(EventContext.DefaultTenant, Stop);
        (await BlobsAsync(container)).ShouldBe(4);

        store.KeepsEverything = false;
        await ledger.Service<SubjectErasure>().ResumeAsync(EventContext.DefaultTenant, Stop);
        (await BlobsAsync(container)).ShouldBe(0);
        (await ledger.EmitAsync(Run.Many(1, from: 9))).Status.ShouldBe(202);
    }

    [Fact]
    public async Task The_checkpoint_that_is_served_is_the_one_in_its_blob()
    {
        var container = await azurite.ContainerAsync();
        await using var ledger = await HandDrivenLedger.StartAsync(postgres, settings: new Dictionary<string, string?>
        {
            ["Log:Checkpoint"] = $"{container.Address}/published",
            ["Log:DevelopmentKey"] = container.DevelopmentKey,
        });
        await LearnAsync(ledger, Run.Many(3));

        (await ledger.Service<LedgerFollower>().SignAsync(atOnce: true, Stop)).ShouldNotBeOfType<Infra.Log.SigningOutcome.Stopped>();

        var served = await ledger.GetAsync("/checkpoint");
        served.Status.ShouldBe(200, served.Text);
        (await new BlobContainer(container).ReadAsync("published", Stop)).ShouldNotBeNull().Content.ShouldBe(served.Body);
        File.Exists(Path.Combine(ledger.Home, "checkpoint")).ShouldBeFalse();
    }

    [Fact]
    public async Task An_emulator_s_key_for_an_account_on_azure_is_refused_before_anything_starts()
    {
        var refused = await Should.ThrowAsync<StorageConfigurationException>(() => HandDrivenLedger.StartAsync(postgres, settings: new Dictionary<string, string?>
        {
            ["Payloads:Container"] = "https://desk.blob.core.windows.net/payloads",
            ["Payloads:DevelopmentKey"] = "c2VjcmV0",
        }));

        refused.Message.ShouldStartWith("Payloads:DevelopmentKey is for an emulator on this machine only");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Dictionary<string, string?> SettingsOf(BlobContainerOptions container) => new()
    {
        ["Payloads:Container"] = container.Address.AbsoluteUri,
        ["Payloads:DevelopmentKey"] = container.DevelopmentKey,
    };

    private Task<HandDrivenLedger> StartAsync(BlobContainerOptions container) => HandDrivenLedger.StartAsync(postgres, settings: SettingsOf(container));

    private static async Task<int> BlobsAsync(BlobContainerOptions container) => (await new BlobContainer(container).ListAsync("", ct: Stop).ToListAsync(Stop)).Sum(page => page.Count);

    private static async Task LearnAsync(HandDrivenLedger ledger, IEnumerable<Run> runs)
    {
        (await ledger.EmitAsync(runs)).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        await ledger.CurateAllAsync();
        await ledger.SettleAsync();
    }

    private static async Task<CommandLineRun> RunAsync(HandDrivenLedger ledger, params string[] args)
    {
        using var home = new ScratchFolder();
        return await CommandLineRun.OfAsync([.. args, "--url", ledger.Http.BaseAddress!.ToString(), "--home", home.Root]);
    }

    private sealed class MoodyStore : IPayloadStore
    {
        private IPayloadStore? _store;

        public bool IsAway { get; set; }
        public bool KeepsEverything { get; set; }

        private IPayloadStore Store => IsAway ? throw new BlobStorageException("Blob Storage at desk.blob.core.windows.net cannot be reached") : _store!;
        private IPayloadStore Deleting => KeepsEverything ? throw new BlobStorageException("Blob Storage at desk.blob.core.windows.net is too busy (503 ServerBusy)") : Store;

        public IPayloadStore Over(IPayloadStore store)
        {
            _store = store;
            return this;
        }

        public Task PutAsync(IReadOnlyList<EncryptedPayload> payloads, CancellationToken cancellationToken = default) => Store.PutAsync(payloads, cancellationToken);

        public Task<byte[]?> GetAsync(DataSubject subject, string place, CancellationToken cancellationToken = default) => Store.GetAsync(subject, place, cancellationToken);

        public Task<bool> DeleteAsync(DataSubject subject, string place, CancellationToken cancellationToken = default) => Deleting.DeleteAsync(subject, place, cancellationToken);

        public Task<int> DeleteAsync(DataSubject subject, CancellationToken cancellationToken = default) => Deleting.DeleteAsync(subject, cancellationToken);
    }
}
