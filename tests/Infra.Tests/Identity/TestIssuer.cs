using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipeline.Tests;

/// <summary>An authority of our own on a loopback address: keys, the documents that publish them, and tokens, right ones and others. It knows nothing of the code under test.</summary>
public sealed class TestIssuer : IAsyncDisposable
{
    public const string Audience = "11111111-2222-3333-4444-555555555555", Tenant = "aaaaaaaa-0000-0000-0000-000000000001", Person = "bbbbbbbb-0000-0000-0000-000000000001";

    private readonly WebApplication _app;
    private readonly Dictionary<string, AsymmetricAlgorithm> _keys = [];
    private int _asked;

    private TestIssuer(WebApplication app) => _app = app;

    public string Issuer => $"{_app.Urls.First()}/{Tenant}/v2.0";

    /// <summary>How often the keys were asked for.</summary>
    public int Asked => _asked;

    /// <summary>What is answered instead, while it is set.</summary>
    public Func<HttpContext, IResult>? Instead { get; set; }

    /// <summary>What the configuration says otherwise.</summary>
    public Action<JsonObject> Configuration { get; set; } = static _ => { };

    public string Current { get; set; } = "first";

    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Identity__Issuer"] = Issuer,
        ["Identity__Audience"] = Audience,
        ["Identity__Tenant"] = Tenant,
    };

    public static async Task<TestIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add($"http://{IPAddress.Loopback}:0");
        var issuer = new TestIssuer(app);
        issuer.Add("first");
        app.MapGet($"/{Tenant}/v2.0/.well-known/openid-configuration", (HttpContext http) => issuer.Instead?.Invoke(http) ?? issuer.Document());
        app.MapGet($"/{Tenant}/keys", (HttpContext http) =>
        {
            Interlocked.Increment(ref issuer._asked);
            return issuer.Instead?.Invoke(http) ?? issuer.Published();
        });
        await app.StartAsync();
        return issuer;
    }

    /// <summary>Publishes one more key.</summary>
    public void Add(string kid, AsymmetricAlgorithm? key = null) => _keys[kid] = key ?? RSA.Create(2048);

    public void Withdraw(string kid) => _keys.Remove(kid);

    /// <summary>A token as the authority gives it, to an application, with roles.</summary>
    public string Token(params string[] roles) => Token(payload => payload["roles"] = new JsonArray([.. roles.Select(r => (JsonNode)r)]));

    /// <summary>Of somebody who signed in.</summary>
    public string TokenOf(string person, params string[] roles) => Token(payload =>
    {
        payload["oid"] = person;
        payload["scp"] = "access";
        payload["roles"] = new JsonArray([.. roles.Select(r => (JsonNode)r)]);
    });

    /// <param name="payload">What is otherwise than it should be.</param>
    /// <param name="sign">Signs the text otherwise than by the current key.</param>
    public string Token(Action<JsonObject> payload, Action<JsonObject>? header = null, Func<byte[], byte[]>? sign = null, DateTimeOffset? now = null)
    {
        var at = (now ?? DateTimeOffset.UtcNow).ToUnixTimeSeconds();
        var head = new JsonObject { ["alg"] = _keys.TryGetValue(Current, out var of) && of is ECDsa ? "ES256" : "RS256", ["kid"] = Current, ["typ"] = "JWT" };
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["tid"] = Tenant,
            ["oid"] = Person,
            ["azp"] = "99999999-2222-3333-4444-555555555555",
            ["iat"] = at,
            ["nbf"] = at,
            ["exp"] = at + 3600,
            ["roles"] = new JsonArray("Reader"),
        };
        header?.Invoke(head);
        payload(claims);
        var text = $"{Encoded(head)}.{Encoded(claims)}";
        var bytes = Encoding.ASCII.GetBytes(text);
        return $"{text}.{Encoded(sign?.Invoke(bytes) ?? Sign(_keys[Current], bytes, head["alg"]?.GetValue<string>() ?? ""))}";
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        foreach (var key in _keys.Values) key.Dispose();
    }

    public static byte[] Sign(AsymmetricAlgorithm key, byte[] text, string algorithm) => key switch
    {
        ECDsa ec => ec.SignData(text, HashAlgorithmName.SHA256),
        RSA rsa => rsa.SignData(text, HashAlgorithmName.SHA256, algorithm.StartsWith("PS", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
        _ => throw new ArgumentException("no such key", nameof(key)),
    };

    public byte[] Sign(string kid, byte[] text, string algorithm) => Sign(_keys[kid], text, algorithm);

    /// <summary>The public key as a secret, for the oldest trick there is.</summary>
    public byte[] PublicBytes(string kid) => Encoding.ASCII.GetBytes(((RSA)_keys[kid]).ExportSubjectPublicKeyInfoPem());

    private IResult Document()
    {
        var document = new JsonObject { ["issuer"] = Issuer, ["jwks_uri"] = $"{_app.Urls.First()}/{Tenant}/keys" };
        Configuration(document);
        return Results.Text(document.ToJsonString(), "application/json");
    }

    private IResult Published() => Results.Text(new JsonObject { ["keys"] = new JsonArray([.. _keys.Select(k => (JsonNode)Described(k.Key, k.Value))]) }.ToJsonString(), "application/json");

    private static JsonObject Described(string kid, AsymmetricAlgorithm key)
    {
        if (key is ECDsa ec)
        {
            var q = ec.ExportParameters(includePrivateParameters: false).Q;
            return new() { ["kty"] = "EC", ["use"] = "sig", ["kid"] = kid, ["crv"] = "P-256", ["x"] = Encoded(q.X!), ["y"] = Encoded(q.Y!) };
        }
        var rsa = ((RSA)key).ExportParameters(includePrivateParameters: false);
        return new() { ["kty"] = "RSA", ["use"] = "sig", ["kid"] = kid, ["n"] = Encoded(rsa.Modulus!), ["e"] = Encoded(rsa.Exponent!) };
    }

    private static string Encoded(JsonObject part) => Encoded(JsonSerializer.SerializeToUtf8Bytes(part));

    private static string Encoded(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
