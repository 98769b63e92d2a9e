using System.Security.Cryptography;
using Pipeline.Domain.Ledger.Log;
using static Pipeline.Domain.Ledger.Log.LogEvent;

namespace Pipeline.Domain.Tests.Ledger.Log;

public sealed class LogKeysTests : IDisposable
{
    private const string Origin = "example.org/log";
    private readonly ECDsa _first = ECDsa.Create(ECCurve.NamedCurves.nistP256), _second = ECDsa.Create(ECCurve.NamedCurves.nistP256), _third = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        foreach (var key in (ECDsa[])[_first, _second, _third]) key.Dispose();
    }

    [Fact]
    public void A_note_is_signed_and_holds_for_its_key_alone()
    {
        var note = Signed(_first, new Checkpoint(Origin, 7, MerkleHash.EmptyRoot).Text());

        SignedNote.TryParse(note.ToString()).ShouldNotBeNull().Verify([KeyOf(_second), KeyOf(_first)]).By.ShouldHaveSingleItem().IdText.ShouldBe(KeyOf(_first).IdText);
        note.Verify([KeyOf(_second)]).Problem.ShouldContain("none of the keys");
        (note with { Text = new Checkpoint(Origin, 8, MerkleHash.EmptyRoot).Text() }).Verify([KeyOf(_first)]).Problem.ShouldContain("is not of this text");
        note.Verify([NoteKey.TryParse(KeyOf(_first).ToString())!]).Holds.ShouldBeTrue();
    }

    [Fact]
    public void One_signature_that_does_not_hold_makes_the_note_worthless()
    {
        var note = Signed(_first, "a text\n");
        var forged = note with { Signatures = [.. note.Signatures, NoteSignature.By(KeyOf(_second), _first.SignData("a text\n"u8, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))] };

        forged.Verify([KeyOf(_first)]).Holds.ShouldBeTrue();
        forged.Verify([KeyOf(_first), KeyOf(_second)]).Holds.ShouldBeFalse();
    }

    [Fact]
    public void Whoever_kept_the_first_key_trusts_those_that_it_led_to()
    {
        var keys = LogKeys.Fold([Introduced(_first, null), Introduced(_second, _first), Introduced(_third, _second)]);

        keys.Current!.KeyId.ShouldBe(KeyOf(_third).IdText);
        keys.TrustedFrom(KeyOf(_first)).Select(k => k.IdText).ShouldBe([KeyOf(_first).IdText, KeyOf(_second).IdText, KeyOf(_third).IdText]);
        keys.TrustedFrom(KeyOf(_second)).Select(k => k.IdText).ShouldBe([KeyOf(_second).IdText, KeyOf(_third).IdText]);
        keys.TrustedFrom().ShouldBeEmpty();
    }

    [Fact]
    public void A_key_that_no_trusted_key_vouches_for_is_not_trusted()
    {
        var alone = Introduced(_second, _first) with { Endorsement = null };
        var byAStranger = Introduced(_second, _third);
        var forAnother = Introduced(_second, _first) with { PublicKey = Introduced(_third, null).PublicKey, KeyId = KeyOf(_third).IdText };
        var otherLog = Introduced(_second, _first) with { Origin = "example.org/other" };
        var noKey = Introduced(_second, _first) with { PublicKey = "AAAA" };

        foreach (var introduced in (LogKeyIntroduced[])[alone, byAStranger, forAnother, otherLog, noKey])
            LogKeys.Fold([Introduced(_first, null), introduced]).TrustedFrom(KeyOf(_first)).ShouldHaveSingleItem();
    }

    private static NoteKey KeyOf(ECDsa key) => NoteKey.OfEcdsa(Origin, key.ExportSubjectPublicKeyInfo());

    private static SignedNote Signed(ECDsa key, string text) =>
        SignedNote.Of(text, NoteSignature.By(KeyOf(key), key.SignData(SignedNote.SignedBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));

    private static LogKeyIntroduced Introduced(ECDsa key, ECDsa? by) => new(
        Origin, Origin, KeyOf(key).IdText, Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()), by is null ? null : KeyOf(by).IdText,
        by is null ? null : Signed(by, KeyEndorsement.Text(Origin, KeyOf(key))).ToString(), "");
}
