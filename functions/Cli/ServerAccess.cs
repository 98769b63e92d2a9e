namespace Pipeline.Functions.Cli;

/// <summary>Where a server is that is not this machine's, and how it is talked to.</summary>
internal static class ServerAccess
{
    public const string ServerVariable = "PIPELINE_SERVER";
    public const string TokenVariable = "PIPELINE_TOKEN";
    public const string TokenFileVariable = "PIPELINE_TOKEN_FILE";

    /// <summary>What <see cref="ServerVariable"/> says; null where it says nothing.</summary>
    public static Uri? AddressOfEnvironment() => Environment.GetEnvironmentVariable(ServerVariable) is { Length: > 0 } url ? AddressOf(url, ServerVariable) : null;

    /// <param name="from">Where it was said, for people.</param>
    /// <exception cref="CliFailure">It is no address to talk to.</exception>
    public static Uri AddressOf(string url, string from)
    {
        if (!Uri.TryCreate(url.EndsWith('/') ? url : url + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new CliFailure(ExitCodes.Usage, $"{from} is not an http address: {url}. It looks like https://pipeline.example.org, or http://localhost:7071.");
        if (address.UserInfo.Length > 0) throw new CliFailure(ExitCodes.Usage, $"{from} has a user's name or password in it; who asks is said by a token in {TokenVariable} or {TokenFileVariable}.");
        return address.Scheme == "https" || address.IsLoopback ? address
            : throw new CliFailure(ExitCodes.Usage, $"{from} is not encrypted: {url}. Beyond this machine it has to begin with https.");
    }
}
