using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Payloads;

/// <summary>The keys of the tokens in open forms, shared by all programs on a database. Whoever has a copy of the database, and not what wraps keys, forges no form.</summary>
/// <remarks>Stored form: nonce (12), AES-256-GCM ciphertext, tag (16), bound to the name.</remarks>
public sealed class FormKeys(NpgsqlDataSource db, IKeyProvider provider)
{
    private const int KeyBytes = 32, NonceBytes = 12, TagBytes = 16;

    /// <summary>What was stored and can be opened here, the oldest first. What another key provider wrapped, or somebody altered, protects nothing and is left out.</summary>
    public async Task<IReadOnlyList<byte[]>> AllAsync(CancellationToken ct = default)
    {
        var stored = new List<(string Name, byte[] Wrapped, byte[] Body)>();
        await using (var command = db.CreateCommand(SqlText.Of("form_keys_list")))
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) stored.Add((reader.GetString(0), reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<byte[]>(2)));
        }

        var opened = new List<byte[]>();
        foreach (var (name, wrapped, body) in stored)
        {
            try
            {
                opened.Add(Open(name, await provider.UnwrapAsync(wrapped, ct), body));
            }
            catch (Exception e) when (e is KeyProviderException or CryptographicException)
            {
                // A new one is made in its place.
            }
        }
        return opened;
    }

    public async Task PutAsync(string name, ReadOnlyMemory<byte> plain, CancellationToken ct = default)
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        await using var command = db.CreateCommand(SqlText.Of("form_key_put"));
        command.Parameters.AddText(name);
        command.Parameters.AddBytes(await provider.WrapAsync(key, ct));
        command.Parameters.AddBytes(Seal(name, key, plain.Span));
        await command.ExecuteNonQueryAsync(ct);
    }

    private static byte[] Seal(string name, byte[] key, ReadOnlySpan<byte> plain)
    {
        var body = new byte[NonceBytes + plain.Length + TagBytes];
        RandomNumberGenerator.Fill(body.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(body.AsSpan(0, NonceBytes), plain, body.AsSpan(NonceBytes, plain.Length), body.AsSpan(^TagBytes), Encoding.UTF8.GetBytes(name));
        return body;
    }

    private static byte[] Open(string name, byte[] key, byte[] body)
    {
        if (body.Length < NonceBytes + TagBytes) throw new CryptographicException("a stored form key is cut off");
        var plain = new byte[body.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(body.AsSpan(0, NonceBytes), body.AsSpan(NonceBytes, plain.Length), body.AsSpan(^TagBytes), plain, Encoding.UTF8.GetBytes(name));
        return plain;
    }
}
