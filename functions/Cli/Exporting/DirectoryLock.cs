namespace Pipeline.Functions.Cli.Exporting;

/// <summary>One at a time works on a directory.</summary>
internal static class DirectoryLock
{
    private const string FileName = ".skills.busy";

    /// <returns>Held until it is disposed, or the process ends.</returns>
    /// <exception cref="CliFailure">Somebody else is at work there.</exception>
    public static IDisposable Take(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new CliFailure(ExitCodes.Refused, $"Another command works on {directory}, or it cannot be written to ({e.Message}). Try again when it is done.");
        }
    }
}
