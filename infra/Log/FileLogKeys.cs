using System.Security.Cryptography;
using System.Text;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Log;

/// <summary>Keys as PKCS#8 in PEM, one file each, named by the key's id, that only its owner can read. Whoever has one of them can sign in the log's name.</summary>
/// <param name="directory">Made when the first key is.</param>
public sealed class FileLogKeys(string directory) : ILogKeys
{
    /// <summary>Below a home: <c>keys/log</c>.</summary>
    public static FileLogKeys Below(string home) => new(Path.Combine(home, "keys", "log"));

    public ValueTask<ILogSigner?> FindAsync(NoteKey key, CancellationToken ct) => ValueTask.FromResult<ILogSigner?>(Find(key));

    public async ValueTask<ILogSigner> CreateAsync(Func<byte[], string> nameOf, CancellationToken ct)
    {
        using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = NoteKey.OfEcdsa(nameOf(made.ExportSubjectPublicKeyInfo()), made.ExportSubjectPublicKeyInfo());
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        // Written aside and moved, so that nobody ever reads half a key.
        var aside = Path.Combine(directory, $"{Path.GetRandomFileName()}.new");
        await using (var file = new FileStream(aside, options))
        {
            await file.WriteAsync(Encoding.ASCII.GetBytes(made.ExportPkcs8PrivateKeyPem() + "\n"), ct);
            file.Flush(flushToDisk: true);
        }
        File.Move(aside, PathOf(key), overwrite: false);
        return new EcdsaLogSigner(key, made.ExportPkcs8PrivateKey());
    }

    private EcdsaLogSigner? Find(NoteKey key)
    {
        var path = PathOf(key);
        if (!File.Exists(path)) return null;
        try
        {
            return EcdsaLogSigner.OfPem(key, File.ReadAllText(path)) ?? throw new LogKeyException($"{path} holds another key than the log's; put the right file back from a backup");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new LogKeyException($"{path} holds no private key that can be read; put the right file back from a backup", e);
        }
    }

    private string PathOf(NoteKey key) => Path.Combine(directory, $"{key.IdText}.pem");
}
