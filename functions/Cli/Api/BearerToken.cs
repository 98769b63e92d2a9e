using System.Net.Http.Headers;

namespace Pipeline.Functions.Cli.Api;

/// <summary>Says who asks (RFC 6750). It is shown to the server that it is for, and in no message.</summary>
/// <param name="file">Read with every request, so that somebody can renew it meanwhile; null: there is none.</param>
internal sealed class BearerToken(string? value, string? file)
{
    private const int Longest = 16 * 1024;

    /// <returns>Null where the environment has none.</returns>
    /// <exception cref="CliFailure">What it has is no token.</exception>
    public static BearerToken? OfEnvironment()
    {
        var token = Environment.GetEnvironmentVariable(ServerAccess.TokenVariable) is { Length: > 0 } value ? new BearerToken(value, null)
            : Environment.GetEnvironmentVariable(ServerAccess.TokenFileVariable) is { Length: > 0 } file ? new BearerToken(null, file)
            : null;
        // What is wrong with it is known before anything is sent.
        _ = token?.Header();
        return token;
    }

    /// <exception cref="CliFailure">It is no token, or cannot be read.</exception>
    public AuthenticationHeaderValue Header()
    {
        var (text, from) = value is not null ? (value, ServerAccess.TokenVariable) : (Read(), ServerAccess.TokenFileVariable);
        text = text.Trim();
        return text.Length is > 0 and <= Longest && text.All(IsTokenCharacter) ? new("Bearer", text)
            : throw new CliFailure(ExitCodes.Usage, $"What {from} has is no bearer token: letters, digits and -._~+/= in one word, and nothing before or after it.");
    }

    private string Read()
    {
        try
        {
            using var reader = new StreamReader(file!);
            var text = new char[Longest + 2];
            return new(text, 0, reader.ReadBlock(text, 0, text.Length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure(ExitCodes.Usage, $"The file that {ServerAccess.TokenFileVariable} names cannot be read: {e.Message}");
        }
    }

    // RFC 6750, 2.1: b64token.
    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' or '+' or '/' or '=';
}

/// <summary>Shows a token with every request.</summary>
internal sealed class BearerRequests(BearerToken token, HttpMessageHandler connections) : DelegatingHandler(connections)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = token.Header();
        return base.SendAsync(request, cancellationToken);
    }
}
