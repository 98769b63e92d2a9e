using System.Security.Cryptography;

namespace Pipeline.Infra.Payloads;

/// <summary>A master key of 32 random bytes in a file that only its owner can read. Whoever loses the file loses every payload.</summary>
/// <remarks>Wrapped form: one byte of format, 8 bytes that name the master key, then nonce (12), AES-256-GCM ciphertext and tag (16).</remarks>
public sealed class FileKeyProvider : IKeyProvider
{
    private const byte Format = 1;
    private const int KeyBytes = 32, IdBytes = 8, NonceBytes = 12, TagBytes = 16;
    private const int HeaderBytes = 1 + IdBytes;
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly ManualResetEventSlim s_never = new(false);

    private readonly byte[] _master;
    private readonly byte[] _id;
    private readonly string _path;

    private FileKeyProvider(string path, byte[] master)
    {
        (_path, _master) = (path, master);
        _id = HKDF.DeriveKey(HashAlgorithmName.SHA256, master, IdBytes, info: "master-key-id"u8.ToArray());
    }

    /// <summary>Opens <c>{home}/keys/master.key</c>, and makes it first where there is none; several processes may do so at once.</summary>
    /// <exception cref="KeyProviderException">The file is no master key.</exception>
    public static FileKeyProvider Open(string home)
    {
        var directory = Path.Combine(home, "keys");
        var path = Path.Combine(directory, "master.key");
        if (!File.Exists(path)) Create(directory, path);
        var master = File.ReadAllBytes(path);
        return master.Length == KeyBytes
            ? new(path, master)
            : throw new KeyProviderException(
                $"{path} is no master key: it has {master.Length} bytes, and a key has {KeyBytes}; put the right file back from a backup");
    }

    public ValueTask<byte[]> WrapAsync(ReadOnlyMemory<byte> dataKey, CancellationToken cancellationToken)
    {
        var wrapped = new byte[HeaderBytes + NonceBytes + dataKey.Length + TagBytes];
        wrapped[0] = Format;
        _id.CopyTo(wrapped, 1);
        var nonce = wrapped.AsSpan(HeaderBytes, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_master, TagBytes);
        aes.Encrypt(
            nonce, dataKey.Span, wrapped.AsSpan(HeaderBytes + NonceBytes, dataKey.Length), wrapped.AsSpan(^TagBytes), wrapped.AsSpan(0, HeaderBytes));
        return ValueTask.FromResult(wrapped);
    }

    public ValueTask<byte[]> UnwrapAsync(ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken)
    {
        var bytes = wrapped.Span;
        if (bytes.Length <= HeaderBytes + NonceBytes + TagBytes || bytes[0] != Format)
            throw new KeyProviderException("a stored data key is in a form that this program does not know; a newer one may have written it");
        if (!bytes[1..HeaderBytes].SequenceEqual(_id))
        {
            throw new KeyProviderException(
                $"the stored data keys were wrapped by master key {Convert.ToHexStringLower(bytes[1..HeaderBytes])}, and {_path} holds "
                + $"{Convert.ToHexStringLower(_id)}: put the key file that belongs to this database back");
        }
        var dataKey = new byte[bytes.Length - HeaderBytes - NonceBytes - TagBytes];
        using var aes = new AesGcm(_master, TagBytes);
        try
        {
            aes.Decrypt(
                bytes.Slice(HeaderBytes, NonceBytes), bytes[(HeaderBytes + NonceBytes)..^TagBytes], bytes[^TagBytes..], dataKey, bytes[..HeaderBytes]);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new KeyProviderException("a stored data key was altered; restore it from a backup", e);
        }
        return ValueTask.FromResult(dataKey);
    }

    private static void Create(string directory, string path)
    {
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

        using var alone = Lock(path + ".lock");
        if (File.Exists(path)) return;
        // Written aside and moved, so that nobody ever reads half a key. A move looks for what is there and then renames: that it finds nothing
        // proves nothing, hence the lock.
        var aside = Path.Combine(directory, $"{Path.GetRandomFileName()}.new");
        using (var file = new FileStream(aside, options))
        {
            file.Write(RandomNumberGenerator.GetBytes(KeyBytes));
            file.Flush(flushToDisk: true);
        }
        File.Move(aside, path, overwrite: false);
    }

    // Whoever opens it keeps all others from opening it; a killed program holds nothing.
    private static FileStream Lock(string path)
    {
        for (var waited = TimeSpan.Zero; ; waited += s_lookAgain)
        {
            try
            {
                return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException && waited < s_patience)
            {
                s_never.Wait(s_lookAgain);
            }
        }
    }
}
