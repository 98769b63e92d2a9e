namespace Pipeline.Infra.Local;

/// <summary>Locks between processes that end with their holder, however it ends: the operating system releases them.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The lock, or null while anybody holds it, shared or not. The file stays behind on purpose: deleting it would let two in.</summary>
    public static FileStream? TryExclusive(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Waits for the lock as long as it takes.</summary>
    public static Task<FileStream> ExclusiveAsync(string path, CancellationToken ct) => WaitAsync(() => TryExclusive(path), ct);

    /// <summary>A lock that any number may hold, but none beside an exclusive one.</summary>
    public static Task<FileStream> SharedAsync(string path, CancellationToken ct) =>
        WaitAsync(() => TryOpen(path, FileAccess.Read, FileShare.Read), ct);

    private static async Task<FileStream> WaitAsync(Func<FileStream?> attempt, CancellationToken ct)
    {
        while (true)
        {
            if (attempt() is { } held) return held;
            await Task.Delay(Pause, ct);
        }
    }

    private static FileStream? TryOpen(string path, FileAccess access, FileShare share)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, access, share);
        }
        catch (IOException e) when (e.HResult is SharingViolation or WouldBlockLinux or WouldBlockMac)
        {
            return null;
        }
    }

    private const int SharingViolation = unchecked((int)0x80070020);
    private const int WouldBlockLinux = 11;
    private const int WouldBlockMac = 35;
}
