using System.Text;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Postgres;

public sealed class ContentTests(PostgresFixture postgres) : LedgerTests(postgres)
{
    private static readonly ContentBlob Text = new(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Look up the order first. ", 200))));
    private static readonly ContentBlob Short = new("x"u8.ToArray());
    private static readonly ContentBlob Empty = new(Array.Empty<byte>());

    private Task<AppendOutcome> StoreAsync(string stream, params ContentBlob[] contents) =>
        Store.AppendAsync(Writing(To(stream, 0)) with { Contents = contents });

    [Fact]
    public async Task Contents_come_back_by_digest_and_are_compressed_when_it_helps()
    {
        await StoreAsync("skill-a", Text, Short, Empty, Text);
        await StoreAsync("skill-b", Short);

        (await Store.ReadContentAsync(Text.Digest)).ShouldBe(Text.Bytes.ToArray());
        (await Store.ReadContentAsync(new ContentBlob("none"u8.ToArray()).Digest)).ShouldBeNull();
        var all = await Store.ReadContentsAsync([Text.Digest, Short.Digest, Empty.Digest, new ContentBlob("none"u8.ToArray()).Digest]);
        all.Keys.ShouldBe([Text.Digest, Short.Digest, Empty.Digest], ignoreOrder: true);
        all[Empty.Digest].ShouldBeEmpty();
        (await RowsAsync("select size, compression, length(body) < size from ledger.contents order by size"))
            .ShouldBe(["0 | 0 | False", "1 | 0 | False", "5000 | 1 | True"]);
    }

    [Theory]
    [InlineData("body = '\\x79'", "another digest")]
    [InlineData("compression = 1", "decompressed")]
    [InlineData("compression = 1, size = -1", "size")]
    [InlineData("compression = 7", "not known")]
    public async Task A_content_that_was_altered_is_never_given_out(string change, string reason)
    {
        await StoreAsync("skill-a", Short);
        await ExecuteAsync($"update ledger.contents set {change}");

        var e = await Should.ThrowAsync<ContentCorruptedException>(() => Store.ReadContentAsync(Short.Digest));
        e.Digest.ShouldBe(Short.Digest);
        e.Message.ShouldContain(reason);
    }

    [Fact]
    public async Task A_compressed_content_with_another_size_is_corrupted()
    {
        await StoreAsync("skill-a", Text);
        await ExecuteAsync("update ledger.contents set size = size - 1");

        await Should.ThrowAsync<ContentCorruptedException>(() => Store.ReadContentAsync(Text.Digest));
    }
}
