using System.Text;
using Pipeline.Domain.Trajectories;
using Pipeline.Infra.Payloads;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Payloads;

public sealed class PayloadVaultTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Canary = "canary-7f3a91-in-plain-sight";
    private static readonly byte[] Run = Encoding.UTF8.GetBytes($$"""{"steps":["{{string.Join(' ', Enumerable.Repeat(Canary, 50))}}"]}""");

    private readonly string _home = Directory.CreateTempSubdirectory("vault-").FullName;
    private TestLedger _ledger = null!;
    private PayloadVault _vault = null!;

    public async ValueTask InitializeAsync()
    {
        _ledger = await TestLedger.CreateAsync(postgres);
        _vault = Vault();
    }

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task A_payload_comes_back_as_it_was()
    {
        var reference = await StoreAsync("acme", "laptop", Run);

        reference.Bytes.ShouldBe(Run.Length);
        reference.Digest.ShouldMatch("^hmac-sha256:[0-9a-f]{64}$");
        (await Vault().LoadAsync("acme", "laptop", reference)).ShouldBeOfType<PayloadLoaded.Content>().CanonicalJson.ShouldBe(Run);
    }

    [Fact]
    public async Task Equal_content_has_one_digest_and_one_place_for_one_subject_only()
    {
        var first = await StoreAsync("acme", "laptop", Run);

        (await StoreAsync("acme", "laptop", Run, Vault())).ShouldBe(first);
        (await _ledger.CountAsync("payloads")).ShouldBe(1);

        (await StoreAsync("acme", "phone", Run)).Digest.ShouldNotBe(first.Digest);
        (await StoreAsync("other", "laptop", Run)).Digest.ShouldNotBe(first.Digest);
        (await StoreAsync("acme", "laptop", [.. Run, (byte)' '])).Digest.ShouldNotBe(first.Digest);
    }

    [Fact]
    public async Task A_hundred_payloads_of_several_subjects_go_in_together()
    {
        var batch = Enumerable.Range(0, 100)
            .Select(i => new PayloadToStore(new("acme", $"subject-{i % 7}"), Encoding.UTF8.GetBytes($"[{i / 2}]")))
            .ToList();

        var stored = await _vault.StoreAsync(batch);

        for (var i = 0; i < batch.Count; i++)
        {
            var reference = stored[i].ShouldBeOfType<PayloadStored.At>().Reference;
            (await _vault.LoadAsync("acme", batch[i].Subject.Subject, reference))
                .ShouldBeOfType<PayloadLoaded.Content>().CanonicalJson.ShouldBe(batch[i].CanonicalJson.ToArray());
        }
    }

    [Fact]
    public async Task Processes_that_meet_a_new_subject_together_agree_on_its_key()
    {
        var references = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => StoreAsync("acme", "new", Run, Vault()))));

        references.Distinct().ShouldHaveSingleItem();
        (await _ledger.CountAsync("subject_keys")).ShouldBe(1);
    }

    [Fact]
    public async Task No_table_holds_what_a_run_said()
    {
        await StoreAsync("acme", "laptop", Run);
        (await TablesThatHoldAsync(Canary)).ShouldBeEmpty();

        // The search itself must be able to find something.
        await using var leak = _ledger.DataSource.CreateCommand("update ledger.payloads set body = body || $1");
        leak.Parameters.AddWithValue(Encoding.UTF8.GetBytes(Canary));
        await leak.ExecuteNonQueryAsync();
        (await TablesThatHoldAsync(Canary)).ShouldBe(["payloads"]);
    }

    [Fact]
    public async Task An_erased_subject_can_no_longer_be_read_and_nothing_new_is_taken_in_under_its_name()
    {
        var reference = await StoreAsync("acme", "laptop", Run);
        var other = await StoreAsync("acme", "phone", Run);
        var message = (await _vault.SealAsync(new("acme", "laptop"), "message-1", Run)).ShouldNotBeNull();

        (await _vault.EraseAsync(new("acme", "laptop"))).ShouldBeTrue();
        (await _vault.EraseAsync(new("acme", "laptop"))).ShouldBeFalse();

        foreach (var vault in (PayloadVault[])[_vault, Vault()])
        {
            (await vault.LoadAsync("acme", "laptop", reference)).ShouldBeOfType<PayloadLoaded.Erased>();
            (await vault.OpenAsync(new("acme", "laptop"), "message-1", message)).ShouldBeOfType<PayloadLoaded.Erased>();
            (await vault.StoreAsync("acme", "laptop", Run)).ShouldBeOfType<PayloadStored.SubjectErased>();
            (await vault.SealAsync(new("acme", "laptop"), "message-1", Run)).ShouldBeNull();
            (await vault.LoadAsync("acme", "phone", other)).ShouldBeOfType<PayloadLoaded.Content>();
        }
        (await _ledger.CountAsync("payloads")).ShouldBe(1);
    }

    [Fact]
    public async Task What_is_not_there_is_missing_and_what_was_changed_is_altered()
    {
        var reference = await StoreAsync("acme", "laptop", Run);
        var another = await StoreAsync("acme", "laptop", "[]"u8.ToArray());

        (await _vault.LoadAsync("acme", "laptop", reference with { Place = "payload/none" })).ShouldBeOfType<PayloadLoaded.Missing>();
        (await _vault.LoadAsync("acme", "nobody", reference)).ShouldBeOfType<PayloadLoaded.Missing>();
        (await _vault.LoadAsync("acme", "laptop", reference with { Digest = another.Digest })).ShouldBeOfType<PayloadLoaded.Altered>();

        await using (var swap = _ledger.DataSource.CreateCommand(
            "update ledger.payloads set body = (select body from ledger.payloads where place = $1) where place = $2"))
        {
            swap.Parameters.AddWithValue(another.Place);
            swap.Parameters.AddWithValue(reference.Place);
            await swap.ExecuteNonQueryAsync();
        }
        (await _vault.LoadAsync("acme", "laptop", reference)).ShouldBeOfType<PayloadLoaded.Altered>();
    }

    [Fact]
    public async Task A_sealed_message_opens_for_its_purpose_only()
    {
        var subject = new DataSubject("acme", "laptop");
        var message = (await _vault.SealAsync(subject, "message-1", Run)).ShouldNotBeNull();

        (await _vault.OpenAsync(subject, "message-1", message)).ShouldBeOfType<PayloadLoaded.Content>().CanonicalJson.ShouldBe(Run);
        (await _vault.OpenAsync(subject, "message-2", message)).ShouldBeOfType<PayloadLoaded.Altered>();
        message[^1] ^= 1;
        (await _vault.OpenAsync(subject, "message-1", message)).ShouldBeOfType<PayloadLoaded.Altered>();
    }

    private PayloadVault Vault() => new(
        new(_ledger.DataSource, FileKeyProvider.Open(_home), TimeProvider.System), new PostgresPayloadStore(_ledger.DataSource));

    private async Task<PayloadReference> StoreAsync(string tenant, string subject, byte[] content, PayloadVault? vault = null) =>
        (await (vault ?? _vault).StoreAsync(tenant, subject, content)).ShouldBeOfType<PayloadStored.At>().Reference;

    private async Task<List<string>> TablesThatHoldAsync(string text)
    {
        var tables = new List<string>();
        await using (var list = _ledger.DataSource.CreateCommand("select tablename from pg_tables where schemaname = 'ledger' order by 1"))
        await using (var reader = await list.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync()) tables.Add(reader.GetString(0));
        }
        tables.ShouldContain("payloads");
        tables.ShouldContain("subject_keys");
        var holding = new List<string>();
        foreach (var table in tables)
        {
            // A row as text shows bytes as hex.
            await using var command = _ledger.DataSource.CreateCommand(
                $"select count(*) from ledger.{table} t where position($1 in t::text) > 0 or position(encode(convert_to($1, 'UTF8'), 'hex') in t::text) > 0");
            command.Parameters.AddWithValue(text);
            if ((long)(await command.ExecuteScalarAsync())! > 0) holding.Add(table);
        }
        return holding;
    }
}
