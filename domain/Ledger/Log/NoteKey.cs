using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Domain.Ledger.Log;

/// <summary>A key that signs notes, as its verifiers know it (C2SP signed-note). Of the kinds of key there are, this program checks ECDSA P-256; another is
/// known by its name and id only, and what it signed counts as signed by a stranger.</summary>
public sealed class NoteKey
{
    /// <summary>Ed25519, which the framework does not have.</summary>
    public const byte Ed25519 = 1;

    /// <summary>ECDSA with SHA-256, the signature as ASN.1 DER.</summary>
    public const byte Ecdsa = 2;

    private const string P256 = "1.2.840.10045.3.1.7";

    private readonly byte[] _material;

    private NoteKey(string name, uint id, byte type, byte[] material) => (Name, Id, Type, _material) = (name, id, type, material);

    /// <summary>One word, of a log its origin.</summary>
    public string Name { get; }

    /// <summary>The first four bytes of a hash: it tells keys apart and proves nothing.</summary>
    public uint Id { get; }

    /// <summary><see cref="Ecdsa"/> or <see cref="Ed25519"/>.</summary>
    public byte Type { get; }

    /// <summary>As it is written: 8 hex digits.</summary>
    public string IdText => Id.ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>Of an ECDSA key its SubjectPublicKeyInfo (RFC 5280) in DER.</summary>
    public ReadOnlySpan<byte> PublicKey => _material;

    public bool CanVerify => Type == Ecdsa;

    /// <exception cref="ArgumentException">The name cannot be one, or this is no public key on P-256.</exception>
    public static NoteKey OfEcdsa(string name, ReadOnlySpan<byte> publicKey) =>
        !IsName(name) ? throw new ArgumentException($"'{name}' cannot name a key: it is empty, or has a space or a plus", nameof(name))
        : !IsP256(publicKey) ? throw new ArgumentException("this is no public key on P-256", nameof(publicKey))
        : new(name, EcdsaId(publicKey), Ecdsa, publicKey.ToArray());

    /// <summary>Reads a verifier key: <c>name+id+base64</c>.</summary>
    /// <returns>Null when it is none, or of a kind that this program does not know, or its id is not the one of its key.</returns>
    public static NoteKey? TryParse(string text)
    {
        var parts = text.Split('+', 3);
        if (parts is not [var name, { Length: 8 } idText, var encoded] || !IsName(name)) return null;
        if (!uint.TryParse(idText, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id) || id.ToString("x8", CultureInfo.InvariantCulture) != idText) return null;
        if (StrictBase64.Read(encoded) is not { Length: > 1 } bytes) return null;
        var (type, material) = (bytes[0], bytes[1..]);
        return type switch
        {
            Ed25519 when material.Length == 32 && id == Hash([.. Encoding.UTF8.GetBytes(name), (byte)'\n', .. bytes]) => new(name, id, type, material),
            Ecdsa when IsP256(material) && id == EcdsaId(material) => new(name, id, type, material),
            _ => null,
        };
    }

    /// <summary>As verifiers keep it: <c>name+id+base64</c>.</summary>
    public override string ToString() => $"{Name}+{IdText}+{Convert.ToBase64String([Type, .. _material])}";

    /// <exception cref="InvalidOperationException">The key is of a kind that cannot be checked here (<see cref="CanVerify"/>).</exception>
    public bool Verify(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        if (!CanVerify) throw new InvalidOperationException($"signatures of kind {Type} cannot be checked");
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_material, out _);
        return key.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    internal static bool IsName(string name) => name.Length > 0 && !name.Any(c => char.IsWhiteSpace(c) || c is '+' or < ' ');

    // Of this kind of key the id is that of the key alone: C2SP signed-note, signature types.
    private static uint EcdsaId(ReadOnlySpan<byte> publicKey) => Hash(publicKey);

    private static uint Hash(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(bytes));

    private static bool IsP256(ReadOnlySpan<byte> publicKey)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out var read);
            return read == publicKey.Length && key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256;
        }
        // A curve that there is none of is no key either, and the framework says so in another way.
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
