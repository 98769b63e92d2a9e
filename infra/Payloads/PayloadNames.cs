using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Payloads;

/// <summary>What payloads are called where others may read names: digests under a salt that stands in the database, so that without it nobody can try who has a
/// payload there. The same in a ledger that was set back to a backup: what was written since is still found, and erased.</summary>
public sealed class PayloadNames(NpgsqlDataSource db)
{
    private PayloadSalt? _salt;

    internal async ValueTask<PayloadSalt> ReadAsync(CancellationToken ct)
    {
        if (_salt is { } known) return known;
        await using var command = db.CreateCommand(SqlText.Of("payload_salt"));
        return _salt = new((byte[])(await command.ExecuteScalarAsync(ct))!);
    }
}

/// <summary>Makes the names. Stored form: they say where what was written lies.</summary>
internal sealed class PayloadSalt(byte[] salt)
{
    /// <summary>What the names of one subject's payloads begin with, a slash at its end.</summary>
    public string FolderOf(DataSubject subject) => $"{Digest([subject.Tenant, subject.Subject])}/";

    /// <summary>Of letters and digits, whatever the place says: it may have come with a message.</summary>
    public string BlobOf(DataSubject subject, string place) => $"{FolderOf(subject)}{Digest([place])}";

    // Each part behind its length: else (a, bc) and (ab, c) would be one.
    private string Digest(ReadOnlySpan<string> parts)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, salt);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var part in parts)
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hmac.AppendData(length);
            hmac.AppendData(bytes);
        }
        return Convert.ToHexStringLower(hmac.GetHashAndReset());
    }
}
