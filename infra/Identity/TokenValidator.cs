using System.Collections.Frozen;
using System.IdentityModel.Tokens.Jwt;
using Microsoft.IdentityModel.Tokens;

namespace Pipeline.Infra.Identity;

/// <summary>Judges access tokens of Entra ID, version 2.0 (RFC 7519; RFC 8725 for what is refused).</summary>
public sealed class TokenValidator(IdentityOptions options, SigningKeys keys, TimeProvider time)
{
    /// <summary>In characters; a token with more is not looked at.</summary>
    public const int Longest = 16 * 1024;

    // A published key verifies, and never is a shared secret.
    private static readonly FrozenSet<string> s_algorithms = FrozenSet.ToFrozenSet(
        [
            SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
            SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
            SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
        ], StringComparer.Ordinal);

    /// <exception cref="SigningKeysAwayException">No key is known, and none can be had.</exception>
    public async Task<TokenVerdict> JudgeAsync(string token, CancellationToken ct)
    {
        if (token.Length > Longest || token.AsSpan().Count('.') != 2) return Refused("it is no signed token (three parts, base64url)");
        var handler = new JwtSecurityTokenHandler { MaximumTokenSizeInBytes = Longest };
        JwtSecurityToken read;
        try
        {
            read = handler.ReadJwtToken(token);
            if (!s_algorithms.Contains(read.Header.Alg ?? "")) return Refused("its signature's algorithm is not taken: RS, PS or ES with 256, 384 or 512 are");
            if (read.Header.ContainsKey("crit")) return Refused("it asks for something (`crit`) that is not known here");
            if (string.IsNullOrEmpty(read.Header.Kid)) return Refused("it does not name its key (`kid`)");
        }
        // What is no token fails in whatever way its parser knows.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return Refused("it cannot be read");
        }
        if (await keys.FindAsync(read.Header.Kid, ct) is not { } key) return Refused("it is signed by a key that its issuer does not publish");
        try
        {
            handler.ValidateToken(token, Rules(key), out var valid);
            return Of((JwtSecurityToken)valid);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return Refused(Why(e));
        }
    }

    // Else a verifier is kept by the key's name, and a key that comes under the same name later is never looked at.
    private static readonly CryptoProviderFactory s_unkept = new() { CacheSignatureProviders = false };

    private TokenValidationParameters Rules(SecurityKey key) => new()
    {
        ValidIssuer = options.Issuer,
        ValidAudience = options.Audience,
        IssuerSigningKey = key,
        CryptoProviderFactory = s_unkept,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        LifetimeValidator = (from, to, _, _) => IsInTime(from, to),
    };

    // The package asks the machine's clock.
    private bool IsInTime(DateTime? from, DateTime? to)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (to is null || to.Value.Add(IdentityOptions.ClockSkew) <= now) throw new SecurityTokenExpiredException();
        if (from is { } start && start.Subtract(IdentityOptions.ClockSkew) > now) throw new SecurityTokenNotYetValidException();
        return true;
    }

    private TokenVerdict Of(JwtSecurityToken token)
    {
        string Claim(string name) => token.Payload.TryGetValue(name, out var value) && value is string text ? text : "";
        if (!Claim("tid").Equals(options.Tenant, StringComparison.OrdinalIgnoreCase)) return Refused("it is for a caller of another tenant");
        if (Claim("oid") is not { Length: > 0 and <= 100 } subject || subject.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-')) return Refused("it does not say who calls (`oid`)");
        // What a sign-in leaves with the one who signed in has the same audience, and is not meant to be shown to anybody.
        if (Claim("azp").Length == 0) return Refused("it is no access token (`azp` is missing)");
        return new TokenVerdict.Accepted(options.Tenant, subject, [.. token.Claims.Where(c => c.Type == "roles").Select(c => c.Value)], IsPerson: Claim("scp").Length > 0);
    }

    private static TokenVerdict.Refused Refused(string why) => new(why);

    private static string Why(Exception refusal) => refusal switch
    {
        SecurityTokenExpiredException => "it has expired",
        SecurityTokenNotYetValidException => "it is not valid yet",
        SecurityTokenNoExpirationException => "it never ends",
        SecurityTokenInvalidAudienceException => "it is for another application",
        SecurityTokenInvalidIssuerException => "another authority issued it",
        SecurityTokenInvalidSignatureException or SecurityTokenSignatureKeyNotFoundException => "its signature does not hold",
        _ => "it cannot be verified",
    };
}

public abstract record TokenVerdict
{
    private TokenVerdict() { }

    /// <param name="Roles">The app roles that the token names, known here or not.</param>
    /// <param name="IsPerson">Somebody signed in; else an application calls for itself.</param>
    public sealed record Accepted(string Tenant, string Subject, IReadOnlyList<string> Roles, bool IsPerson) : TokenVerdict;

    /// <param name="Why">Goes behind "the token is not taken: "; quotes nothing of it.</param>
    public sealed record Refused(string Why) : TokenVerdict;
}
