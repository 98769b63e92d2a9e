using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;

namespace Pipeline.Functions.Cli.Auditing;

/// <summary>Where an interrupted verification is kept, to go on from there.</summary>
internal sealed class AuditPlace(string path)
{
    public static AuditPlace In(string home, string origin) => new(Path.Combine(home, "audit", $"verify-{Digest.Short(origin)}.json"));

    public bool IsThere => File.Exists(path);

    /// <returns>Null when there is none, or none that can be read: another version of the program may have written it.</returns>
    public async Task<AuditState?> ReadAsync(CancellationToken ct)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditState>(await File.ReadAllBytesAsync(path, ct), LedgerJson.Options);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    public async Task KeepAsync(AuditState state)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var aside = path + ".new";
        await File.WriteAllBytesAsync(aside, JsonSerializer.SerializeToUtf8Bytes(state, LedgerJson.Options));
        File.Move(aside, path, overwrite: true);
    }

    public void Forget() => File.Delete(path);
}
