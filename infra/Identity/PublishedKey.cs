using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace Pipeline.Infra.Identity;

/// <summary>A key from a key set (RFC 7517, RFC 7518 section 6), as far as tokens may be verified by it.</summary>
internal static class PublishedKey
{
    private const int ShortestRsaKey = 2048;

    /// <returns>Null: it has no name, is for something else, is a shared secret, or is too short.</returns>
    public static SecurityKey? Of(JsonWebKey key)
    {
        if (string.IsNullOrEmpty(key.Kid) || key.Use is not (null or "" or "sig")) return null;
        try
        {
            return key.Kty switch
            {
                JsonWebAlgorithmsKeyTypes.RSA when Bytes(key.N).Length * 8 >= ShortestRsaKey =>
                    new RsaSecurityKey(new RSAParameters { Modulus = Bytes(key.N), Exponent = Bytes(key.E) }) { KeyId = key.Kid },
                JsonWebAlgorithmsKeyTypes.EllipticCurve when CurveOf(key.Crv) is { } curve =>
                    new ECDsaSecurityKey(ECDsa.Create(new ECParameters { Curve = curve, Q = new() { X = Bytes(key.X), Y = Bytes(key.Y) } })) { KeyId = key.Kid },
                _ => null,
            };
        }
        // One that is broken does not take the others with it.
        catch (Exception e) when (e is FormatException or CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static ECCurve? CurveOf(string name) => name switch
    {
        "P-256" => ECCurve.NamedCurves.nistP256,
        "P-384" => ECCurve.NamedCurves.nistP384,
        "P-521" => ECCurve.NamedCurves.nistP521,
        _ => null,
    };

    private static byte[] Bytes(string text) => Base64UrlEncoder.DecodeBytes(text);
}
