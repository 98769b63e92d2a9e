using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Infra.Platform;

/// <summary>The platform that is asked to try versions; <see cref="Section"/> of the configuration.</summary>
/// <param name="Url">Its webhook; null: there is none, and nothing is asked.</param>
/// <param name="Secret">Shared with it, 24 to 64 bytes.</param>
public sealed record PlatformOptions(Uri? Url, byte[] Secret)
{
    public const string Section = "Platform";

    private const int ShortestSecret = 24, LongestSecret = 64;
    private const int TokenDigits = 40;

    public static PlatformOptions None { get; } = new(null, []);

    public bool IsOn => Url is not null;

    /// <summary>Whether it may be on this machine or in a private network.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>How long its answer is waited for.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Of one attempt to ask it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where it reaches this server, without a slash at the end, if it is to be told; else empty.</summary>
    public string PublicUrl { get; init; } = "";

    /// <param name="settings">By names below the section.</param>
    /// <exception cref="PlatformConfigurationException">They cannot be used; the message says which and why.</exception>
    public static PlatformOptions Read(Func<string, string?> settings)
    {
        if (settings("Url") is not { Length: > 0 } url) return None;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http"))
            throw new PlatformConfigurationException("Url", "it is no address that begins with https:// or http://");
        var allowPrivate = bool.TryParse(settings("AllowPrivate"), out var told) && told;
        if (address.Scheme == "http" && !(allowPrivate && address.IsLoopback)) throw new PlatformConfigurationException("Url", "without TLS it may only be on this machine, with AllowPrivate");
        var secret = Encoding.UTF8.GetBytes(settings("Secret") ?? "");
        if (secret.Length is < ShortestSecret or > LongestSecret) throw new PlatformConfigurationException("Secret", $"it has {ShortestSecret} to {LongestSecret} bytes");
        return new(address, secret) { AllowPrivate = allowPrivate, Deadline = DeadlineOf(settings("DeadlineHours")), PublicUrl = PublicUrlOf(settings("PublicUrl")) };
    }

    /// <summary>What an answer must bring along: only who was asked, or has the secret, knows it.</summary>
    public string TokenOf(string job) => Convert.ToHexStringLower(HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes($"answer\n{job}")))[..TokenDigits];

    /// <summary>Takes the same time however much of it is right.</summary>
    public bool IsToken(string job, string token) => IsOn && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(TokenOf(job)), Encoding.UTF8.GetBytes(token));

    // Paths are put behind it.
    private static string PublicUrlOf(string? url) => url is not { Length: > 0 } ? ""
        : Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is ("https" or "http") && address is { Query: "", Fragment: "", UserInfo: "" } ? url.TrimEnd('/')
        : throw new PlatformConfigurationException("PublicUrl", "it is a whole address that begins with https:// or http://, without a query");

    private static TimeSpan DeadlineOf(string? hours) => hours is null ? TimeSpan.FromHours(24)
        : double.TryParse(hours, CultureInfo.InvariantCulture, out var told) && told is > 0 and <= 24 * 90 ? TimeSpan.FromHours(told)
        : throw new PlatformConfigurationException("DeadlineHours", "it is a number of hours, up to 90 days");
}

public sealed class PlatformConfigurationException(string setting, string reason) : Exception($"{PlatformOptions.Section}:{setting} cannot be used: {reason}");
