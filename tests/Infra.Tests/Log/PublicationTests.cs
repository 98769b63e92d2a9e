using System.Net;
using System.Text;
using Azure.Core.Pipeline;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Blobs;
using Pipeline.Infra.Log;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Log;

/// <summary>What is published leads on and never back, whoever dies or writes at the same moment.</summary>
public abstract class PublicationTests(PostgresFixture postgres, AzuriteFixture? azurite) : LoggedLedgerTests(postgres, azurite)
{
    [Fact]
    public async Task What_a_program_recorded_and_died_before_publishing_the_next_one_publishes()
    {
        await SealAndSignAsync(Start());
        var first = await NoteAsync();
        await AppendAsync(To("trajectory-a", 0, 5));
        var killed = Start(new MoodyPublication(Publication) { OnWrite = () => throw new IOException("killed") });
        await killed.Sealer.SealAllAsync();
        await Should.ThrowAsync<IOException>(() => killed.Signer.SignAsync(atOnce: true));
        (await NoteAsync()).ShouldBe(first);
        var recorded = (await Checkpoints.LatestAsync(await Identity.OriginAsync())).ShouldNotBeNull();
        recorded.Checkpoint.Size.ShouldBe(6);

        (await Start().Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Nothing>();

        (await NoteAsync()).ShouldBe(recorded.Note);
    }

    [Fact]
    public async Task A_program_that_died_after_publishing_is_continued()
    {
        var program = Start();
        await AppendAsync(To("trajectory-a", 0, 5));
        await SealAndSignAsync(program);

        await AppendAsync(To("trajectory-b", 0, 5));
        (await SealAndSignAsync(Start())).Size.ShouldBe(11);
        (await PublishedAsync())!.Size.ShouldBe(11);
    }

    [Fact]
    public async Task What_somebody_put_in_the_place_of_the_note_that_was_read_stays()
    {
        (await Publication.WriteAsync("no note", await Publication.ReadAsync(default), default)).ShouldBeTrue();
        var read = (await Publication.ReadAsync(default))!;
        (await Publication.WriteAsync("put back by hand", read, default)).ShouldBeTrue();

        await Publication.RemoveAsync(read, default);

        Encoding.UTF8.GetString((await Publication.ReadAsync(default)).ShouldNotBeNull().Bytes).ShouldBe("put back by hand");
        await Publication.RemoveAsync((await Publication.ReadAsync(default))!, default);
        (await Publication.ReadAsync(default)).ShouldBeNull();
    }

    [Fact]
    public async Task Nothing_is_sealed_while_nobody_can_look_at_what_is_published()
    {
        await SealAndSignAsync(Start());
        await AppendAsync(To("trajectory-a", 0, 5));
        var blind = Start(new MoodyPublication(Publication) { OnRead = () => throw new BlobStorageException("away") });

        await Should.ThrowAsync<BlobStorageException>(() => blind.Sealer.SealAllAsync());

        (await Store.SizeAsync()).Sealed.ShouldBe(1);
        (await Start().Sealer.SealAllAsync()).Count.ShouldBe(5);
    }

    /// <summary>One with moods.</summary>
    protected sealed class MoodyPublication(ICheckpointPublication publication) : ICheckpointPublication
    {
        public Action OnRead { get; init; } = () => { };
        public Func<Task> OnWrite { get; init; } = () => Task.CompletedTask;

        public ValueTask<PublishedNote?> ReadAsync(CancellationToken ct)
        {
            OnRead();
            return publication.ReadAsync(ct);
        }

        public async ValueTask<bool> WriteAsync(string note, PublishedNote? over, CancellationToken ct)
        {
            await OnWrite();
            return await publication.WriteAsync(note, over, ct);
        }

        public ValueTask<string> KeepAsync(PublishedNote note, CancellationToken ct) => publication.KeepAsync(note, ct);

        public ValueTask RemoveAsync(PublishedNote note, CancellationToken ct) => publication.RemoveAsync(note, ct);
    }
}

public sealed class FilePublicationTests(PostgresFixture postgres) : PublicationTests(postgres, null);

public sealed class BlobPublicationTests(PostgresFixture postgres, AzuriteFixture azurite) : PublicationTests(postgres, azurite)
{
    private readonly AzuriteFixture _azurite = azurite;

    [Fact]
    public async Task Who_is_late_with_an_older_checkpoint_does_not_put_it_over_a_newer_one()
    {
        await SealAndSignAsync(Start());
        await AppendAsync(To("trajectory-a", 0, 5));
        var meanwhile = 0L;
        // Between its look and its write another program publishes more.
        var late = Start(new MoodyPublication(Publication)
        {
            OnWrite = async () =>
            {
                if (meanwhile > 0) return;
                await AppendAsync(To("trajectory-b", 0, 5));
                meanwhile = (await SealAndSignAsync(Start())).Size;
            },
        });
        await late.Sealer.SealAllAsync();

        (await late.Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Signed>().Checkpoint.Checkpoint.Size.ShouldBe(6);

        meanwhile.ShouldBe(11);
        (await PublishedAsync())!.Size.ShouldBe(11);
    }

    [Fact]
    public async Task Programs_that_publish_together_leave_the_largest()
    {
        var programs = Enumerable.Range(0, 4).Select(_ => Start()).ToList();
        await Task.WhenAll(programs.Select((program, writer) => Task.Run(async () =>
        {
            for (var version = 0; version < 6; version++)
            {
                await AppendAsync(To($"trajectory-{writer}", version));
                (await program.Sealer.SealAllAsync()).Stop.ShouldBeNull();
                (await program.Signer.SignAsync(atOnce: true)).ShouldNotBeOfType<SigningOutcome.Stopped>();
            }
        })));

        (await PublishedAsync())!.Size.ShouldBe((await Checkpoints.LatestAsync(await Identity.OriginAsync()))!.Checkpoint.Size);
    }

    [Fact]
    public async Task A_write_whose_answer_was_lost_counts_as_written()
    {
        var options = await _azurite.ContainerAsync();
        var losing = new HttpClientTransport(new HttpClient(new LosesFirstAnswerToPut()));
        var publication = new BlobCheckpointPublication(new(options, null, losing, BlobPatience.Short), "note", TimeProvider.System);

        (await publication.WriteAsync("one", null, default)).ShouldBeTrue();
        (await publication.WriteAsync("another", null, default)).ShouldBeFalse();
        (await publication.WriteAsync("two", await publication.ReadAsync(default), default)).ShouldBeTrue();
    }

    /// <summary>Every second write comes through, and its answer does not.</summary>
    private sealed class LosesFirstAnswerToPut() : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        private int _puts;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            if (request.Method != HttpMethod.Put || answer.StatusCode != HttpStatusCode.Created || request.RequestUri!.Query.Length > 0 || Interlocked.Increment(ref _puts) % 2 == 0) return answer;
            throw new HttpRequestException("reset");
        }
    }
}
