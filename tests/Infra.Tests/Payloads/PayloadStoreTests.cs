using System.Security.Cryptography;
using Pipeline.Infra.Blobs;
using Pipeline.Infra.Payloads;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Payloads;

/// <summary>What every payload store promises.</summary>
public abstract class PayloadStoreTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly DataSubject Laptop = new("acme", "laptop"), Phone = new("acme", "phone"), Elsewhere = new("other", "laptop");

    protected TestLedger Ledger { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Ledger = await TestLedger.CreateAsync(postgres);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Ledger.DisposeAsync();
    }

    /// <summary>The store as a program that starts finds it.</summary>
    protected abstract Task<IPayloadStore> OpenAsync();

    [Fact]
    public async Task What_was_put_is_there_for_every_program_and_only_at_its_place()
    {
        var bytes = RandomNumberGenerator.GetBytes(3_000_000);
        await (await OpenAsync()).PutAsync([new(Laptop, "payload/a", bytes), new(Phone, "payload/b", [7])]);

        var store = await OpenAsync();
        (await store.GetAsync(Laptop, "payload/a")).ShouldBe(bytes);
        (await store.GetAsync(Phone, "payload/b")).ShouldBe([7]);
        (await store.GetAsync(Phone, "payload/a")).ShouldBeNull();
        (await store.GetAsync(Elsewhere, "payload/a")).ShouldBeNull();
        (await store.GetAsync(Laptop, "payload/none")).ShouldBeNull();
    }

    [Fact]
    public async Task One_place_has_one_content()
    {
        var store = await OpenAsync();
        await store.PutAsync([new(Laptop, "payload/a", [1])]);
        await store.PutAsync([new(Laptop, "payload/a", [2]), new(Laptop, "payload/b", [3])]);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => store.PutAsync([new(Laptop, "payload/c", [(byte)i, (byte)i])]))));

        (await store.GetAsync(Laptop, "payload/a")).ShouldBe([1]);
        (await store.GetAsync(Laptop, "payload/b")).ShouldBe([3]);
        (await store.GetAsync(Laptop, "payload/c")).ShouldNotBeNull().ShouldSatisfyAllConditions(c => c.Length.ShouldBe(2), c => c[0].ShouldBe(c[1]));
    }

    [Fact]
    public async Task A_subject_s_payloads_go_together_and_nobody_else_s()
    {
        var store = await OpenAsync();
        await store.PutAsync([
            .. Enumerable.Range(0, 40).Select(i => new EncryptedPayload(Laptop, $"payload/{i}", [1])), new(Phone, "payload/p", [2]), new(Elsewhere, "payload/e", [3]),
            new(new("acme", "lap"), "payload/x", [4]), new(new("acmelap", "top"), "payload/y", [5]),
        ]);

        (await store.DeleteAsync(Laptop)).ShouldBe(40);
        (await store.DeleteAsync(Laptop)).ShouldBe(0);

        (await store.GetAsync(Laptop, "payload/17")).ShouldBeNull();
        (await store.GetAsync(Phone, "payload/p")).ShouldBe([2]);
        (await store.GetAsync(Elsewhere, "payload/e")).ShouldBe([3]);
        (await store.GetAsync(new("acme", "lap"), "payload/x")).ShouldBe([4]);
        (await store.GetAsync(new("acmelap", "top"), "payload/y")).ShouldBe([5]);
    }

    [Fact]
    public async Task One_payload_can_be_deleted_once_and_put_again()
    {
        var store = await OpenAsync();
        await store.PutAsync([new(Laptop, "payload/a", [1]), new(Laptop, "payload/b", [2])]);

        (await store.DeleteAsync(Phone, "payload/a")).ShouldBeFalse();
        (await store.DeleteAsync(Laptop, "payload/a")).ShouldBeTrue();
        (await store.DeleteAsync(Laptop, "payload/a")).ShouldBeFalse();

        (await store.GetAsync(Laptop, "payload/a")).ShouldBeNull();
        (await store.GetAsync(Laptop, "payload/b")).ShouldBe([2]);
        await store.PutAsync([new(Laptop, "payload/a", [3])]);
        (await store.GetAsync(Laptop, "payload/a")).ShouldBe([3]);
    }

    [Theory]
    [InlineData("../../other-container/payload/a")]
    [InlineData("https://example.org/payload")]
    [InlineData("payload/a?comp=metadata")]
    [InlineData("Zürich  %2e%2e/\n")]
    public async Task A_place_is_only_a_name_whatever_it_says(string place)
    {
        var store = await OpenAsync();

        (await store.GetAsync(Laptop, place)).ShouldBeNull();
        await store.PutAsync([new(Laptop, place, [1])]);
        (await store.GetAsync(Laptop, place)).ShouldBe([1]);
        (await store.DeleteAsync(Laptop)).ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_can_be_put_at_once()
    {
        var store = await OpenAsync();
        await store.PutAsync([]);
        (await store.DeleteAsync(Laptop)).ShouldBe(0);
    }
}

public sealed class PostgresPayloadStoreTests(PostgresFixture postgres) : PayloadStoreTests(postgres)
{
    protected override Task<IPayloadStore> OpenAsync() => Task.FromResult<IPayloadStore>(new PostgresPayloadStore(Ledger.DataSource));
}

public sealed class BlobPayloadStoreTests(PostgresFixture postgres, AzuriteFixture azurite) : PayloadStoreTests(postgres)
{
    private BlobContainerOptions? _container;

    protected override async Task<IPayloadStore> OpenAsync() => new BlobPayloadStore(await ContainerAsync(), new(Ledger.DataSource));

    [Fact]
    public async Task Names_tell_neither_who_a_payload_is_about_nor_which_it_is()
    {
        var store = await OpenAsync();
        var another = new BlobPayloadStore(await ContainerAsync(), new((await TestLedger.CreateAsync(Postgres)).DataSource));
        foreach (var some in (IPayloadStore[])[store, another])
            await some.PutAsync([new(new("acme", "patron-17"), "payload/0123", [1]), new(new("acme", "patron-17"), "payload/4567", [1]), new(new("acme", "patron-18"), "payload/0123", [1])]);

        var names = await (await ContainerAsync()).ListAsync("").SelectMany(page => page).ToListAsync();

        names.Count.ShouldBe(6);
        names.ShouldAllBe(n => System.Text.RegularExpressions.Regex.IsMatch(n, "^[0-9a-f]{64}/[0-9a-f]{64}$"));
        // Another ledger names the same subjects otherwise; one subject's are together.
        names.Select(n => n[..64]).Distinct().Count().ShouldBe(4);
    }

    private PostgresFixture Postgres { get; } = postgres;

    private async Task<BlobContainer> ContainerAsync() => new(_container ??= await azurite.ContainerAsync());
}

/// <summary>A ledger whose payloads went into the database before there was a container.</summary>
public sealed class SucceedingPayloadStoreTests(PostgresFixture postgres, AzuriteFixture azurite) : PayloadStoreTests(postgres)
{
    private static readonly DataSubject Early = new("acme", "early");

    private BlobContainerOptions? _container;

    protected override async Task<IPayloadStore> OpenAsync() => new SucceedingPayloadStore(
        new BlobPayloadStore(new(_container ??= await azurite.ContainerAsync()), new(Ledger.DataSource)), new PostgresPayloadStore(Ledger.DataSource));

    [Fact]
    public async Task What_lay_in_the_database_is_still_read_there_and_erased_there()
    {
        await new PostgresPayloadStore(Ledger.DataSource).PutAsync([new(Early, "payload/a", [1])]);
        var store = await OpenAsync();
        await store.PutAsync([new(Early, "payload/b", [2])]);

        (await store.GetAsync(Early, "payload/a")).ShouldBe([1]);
        (await store.GetAsync(Early, "payload/b")).ShouldBe([2]);
        (await Ledger.CountAsync("payloads")).ShouldBe(1);
        (await store.DeleteAsync(Early)).ShouldBe(2);
        (await Ledger.CountAsync("payloads")).ShouldBe(0);
    }
}
