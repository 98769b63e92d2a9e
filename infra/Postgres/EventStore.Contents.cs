using Npgsql;
using NpgsqlTypes;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Postgres;

public sealed partial class EventStore
{
    /// <returns>The bytes, or null when there is no such content.</returns>
    /// <exception cref="ContentCorruptedException">The stored bytes have another digest.</exception>
    /// <exception cref="FormatException">The text is no digest.</exception>
    public async Task<byte[]?> ReadContentAsync(string digest, CancellationToken ct = default) =>
        (await ReadContentsAsync([digest], ct)).GetValueOrDefault(digest);

    /// <returns>By digest; those that are not there are left out.</returns>
    /// <exception cref="ContentCorruptedException">The stored bytes of one have another digest.</exception>
    /// <exception cref="FormatException">A text is no digest.</exception>
    public async Task<IReadOnlyDictionary<string, byte[]>> ReadContentsAsync(IReadOnlyCollection<string> digests, CancellationToken ct = default)
    {
        await using var connection = await _db.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(SqlText.Of("read_contents"), connection);
        command.Parameters.Add(new NpgsqlParameter<byte[][]>
        {
            TypedValue = [.. digests.Select(Digest.BytesOf)],
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea,
        });
        await using var reader = await command.ExecuteReaderAsync(ct);
        Dictionary<string, byte[]> contents = new(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            var digest = Digest.Prefix + Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(0));
            contents[digest] = ContentCodec.Decode(digest, reader.GetInt64(1), reader.GetInt16(2), reader.GetFieldValue<byte[]>(3));
        }
        return contents;
    }
}
