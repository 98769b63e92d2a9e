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

    [Fact]
    public void A_key_vouches_only_for_the_keys_of_its_own_log()
    {
        const string Other = "example.org/other";

        Trusted([KeyOf(_first, Other)], Introduced(_second, _first, by: Other)).ShouldHaveSingleItem("another log's key vouches for it");
        Trusted([KeyOf(_first)], Introduced(_second, _first, name: Other)).ShouldHaveSingleItem("it is called as another log's");
    }

    [Fact]
    public void The_first_key_of_a_log_that_began_anew_is_vouched_for_by_the_log_before_it_and_no_more()
    {
        const string Other = "example.org/other";
        var next = LogKeys.NextOrigin(Origin, _second.ExportSubjectPublicKeyInfo());
        var third = LogKeys.NextOrigin(next, _third.ExportSubjectPublicKeyInfo());
        next.ShouldBe($"{Origin}/2-{KeyOf(_second).IdText}");
        third.ShouldBe($"{Origin}/3-{KeyOf(_third).IdText}");
        var (forked, introduced) = (Forked(next, Origin), Introduced(_second, _first, next, by: Origin));

        Trusted([KeyOf(_first)], forked, introduced).Count.ShouldBe(2);
        Trusted([KeyOf(_second, next)], Forked(third, next), Introduced(_third, _second, third, by: next)).Count.ShouldBe(2);
        Trusted([KeyOf(_first)], introduced).ShouldHaveSingleItem("nothing says that it began anew");
        Trusted([KeyOf(_first)], Forked(Other, Origin), Introduced(_second, _first, Other, by: Origin)).ShouldHaveSingleItem("a log that begins anew is not called so");
        Trusted([KeyOf(_first)], forked, introduced, Introduced(_third, _first, next, by: Origin)).Count.ShouldBe(2, "the next key is its own to introduce");
        Trusted([KeyOf(_first)], forked, introduced, Introduced(_third, _second, next)).Count.ShouldBe(3);
    }

    private static IReadOnlyList<NoteKey> Trusted(IReadOnlyList<NoteKey> kept, params LogEvent[] events) => LogKeys.Fold(events).TrustedFrom(kept);

    private static LogForked Forked(string origin, string before) => new(origin, before, "", 0, "", "");

    private static NoteKey KeyOf(ECDsa key, string name = Origin) => NoteKey.OfEcdsa(name, key.ExportSubjectPublicKeyInfo());

    private static SignedNote Signed(ECDsa key, string text, string name = Origin) =>
        SignedNote.Of(text, NoteSignature.By(KeyOf(key, name), key.SignData(SignedNote.SignedBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));

    private static LogKeyIntroduced Introduced(ECDsa key, ECDsa? signer, string origin = Origin, string? name = null, string? by = null) => new(
        origin, name ?? origin, KeyOf(key).IdText, Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()), signer is null ? null : KeyOf(signer).IdText,
        signer is null ? null : Signed(signer, KeyEndorsement.Text(origin, KeyOf(key, name ?? origin)), by ?? origin).ToString(), "");
}
