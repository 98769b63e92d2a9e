using System.Security.Cryptography;

namespace Pipeline.Infra.Payloads;

/// <summary>A master key of 32 random bytes in a file that only its owner can read. Whoever loses the file loses every payload.</summary>
public sealed class FileKeyProvider : IKeyProvider
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly ManualResetEventSlim s_never = new(false);

    private readonly MasterKey _master;
    private readonly string _path;

    private FileKeyProvider(string path, byte[] master) => (_path, _master) = (path, new(master));

    /// <summary>Opens <c>{home}/keys/master.key</c>, and makes it first where there is none; several processes may do so at once.</summary>
    /// <exception cref="KeyProviderException">The file is no master key.</exception>
    public static FileKeyProvider Open(string home)
    {
        var directory = Path.Combine(home, "keys");
        var path = Path.Combine(directory, "master.key");
        if (!File.Exists(path)) Create(directory, path);
        var master = File.ReadAllBytes(path);
        return master.Length == MasterKey.Bytes
            ? new(path, master)
            : throw new KeyProviderException(
                $"{path} is no master key: it has {master.Length} bytes, and a key has {MasterKey.Bytes}; put the right file back from a backup");
    }

    public ValueTask<byte[]> WrapAsync(ReadOnlyMemory<byte> dataKey, CancellationToken cancellationToken) => ValueTask.FromResult(_master.Wrap(dataKey.Span));

    public ValueTask<byte[]> UnwrapAsync(ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken)
    {
        var id = MasterKey.IdIn(wrapped.Span);
        return id == _master.Id
            ? ValueTask.FromResult(_master.Unwrap(wrapped.Span))
            : throw new KeyProviderException(
                $"the stored data keys were wrapped by master key {id}, and {_path} holds {_master.Id}: put the key file that belongs to this database back");
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
            file.Write(RandomNumberGenerator.GetBytes(MasterKey.Bytes));
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
