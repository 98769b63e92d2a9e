using System.Security.Cryptography;
using System.Text;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Domain.Tests.Ledger.Audit;

public sealed class ProvenanceTests
{
    private static readonly BundledLog Log = BundledLog.Build();

    [Fact]
    public void The_signed_bytes_of_an_envelope_are_those_of_the_published_vectors()
    {
        // secure-systems-lab/dsse: protocol.md, "Test Vectors"; testvectors/vectors.json, "non-ascii-payload-type" and "empty-payload".
        var hello = DsseEnvelope.SignedBytes("http://example.com/HelloWorld", "hello world"u8);
        Encoding.UTF8.GetString(hello).ShouldBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        Convert.ToHexStringLower(DsseEnvelope.SignedBytes("application/vnd.ex\u00e4mple+json", "{\"_type\":\"https://in-toto.io/Statement/v1\"}"u8)).ShouldBe(
            "445353457631203239206170706c69636174696f6e2f766e642e6578c3a46d706c652b6a736f6e203433207b225f74797065223a2268747470733a2f2f696e2d746f746f2e696f2f53746174656d656e742f7631227d");
        Convert.ToHexStringLower(DsseEnvelope.SignedBytes("application/vnd.in-toto+json", [])).ShouldBe("445353457631203238206170706c69636174696f6e2f766e642e696e2d746f746f2b6a736f6e203020");

        // The published signature over the first is r and s side by side, of this key.
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = Coordinate("46950820868899156662930047687818585632848591499744589407958293238635476079160"), Y = Coordinate("5640078356564379163099075877009565129882514886557779369047442380624545832820") } });
        var signature = Convert.FromBase64String("A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==");
        key.VerifyData(hello, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation).ShouldBeTrue();
    }

    [Fact]
    public void A_statement_holds_for_who_kept_a_key_and_no_other_bytes_do()
    {
        var sound = Signed();
        var file = sound.Write();

        foreach (var kept in new[] { BundledLog.NewKeyOfLog, BundledLog.OldKey })
        {
            var (statement, key, problem) = StatementAudit.Judge(DsseEnvelope.TryRead(file), [kept]);
            problem.ShouldBe("");
            key!.ToString().ShouldBe(BundledLog.NewKeyOfLog.ToString());
            statement!.Subject.Select(s => s.Name).ShouldBe(["SKILL.md", "references/quote.md", ProvenanceStatement.WholePackage]);
            statement.Subject[0].Digest!["sha256"].ShouldBe(BundledLog.Second.Files[0].Sha256["sha256:".Length..]);
            statement.Predicate.ResolvedDependencies.Select(d => d.Name).ShouldBe(["trajectory/t1", "trajectory/t2", "trajectory/t3", "skill/renew-loan@1"]);
            statement.Predicate.ResolvedDependencies[2].Digest![ProvenanceStatement.KeyedDigest].ShouldBe("3");
        }
        StatementAudit.Judge(DsseEnvelope.TryRead(file), [BundledLog.Stranger]).Problem.ShouldNotBeEmpty();

        for (var at = 0; at < file.Length; at += 7)
        {
            var changed = (byte[])file.Clone();
            changed[at] ^= 1;
            if (DsseEnvelope.TryRead(changed) is not { } read || StatementAudit.Judge(read, [BundledLog.OldKey]).Statement is null) continue;
            (read.PayloadType == sound.PayloadType && read.Payload == sound.Payload).ShouldBeTrue($"byte {at}: only the hint of a key may be another");
        }
    }

    [Fact]
    public void A_statement_about_one_log_is_not_signed_with_the_key_of_another()
    {
        var payload = ProvenanceStatement.Of(Told(), BundledLog.Second.Manifest, Log.Bundle().Checkpoint, Log.Keys).Write();
        var signature = BundledLog.SignedBytesByAnotherLog(DsseEnvelope.SignedBytes(ProvenanceStatement.PayloadType, payload));

        var (statement, key, problem) = StatementAudit.Judge(DsseEnvelope.Of(ProvenanceStatement.PayloadType, payload, BundledLog.KeyOfAnotherLog, signature), [BundledLog.OldKey, BundledLog.KeyOfAnotherLog]);

        (statement, key).ShouldBe((null, null));
        problem.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_statement_is_signed_with_the_last_key_and_hides_none_that_was_kept()
    {
        var checkpoint = BundledLog.SignedByOldKey(Log.Checkpoint.Text()).ToString();
        Problem(Log.Keys, BundledLog.OldKey).ShouldContain("one that was replaced");

        var hidden = Log.Keys with { Introduced = [Log.Keys.Introduced[0]] };
        Problem(hidden, BundledLog.OldKey).ShouldBe("", "nothing in it tells of the other");
        Problem(hidden, BundledLog.OldKey, BundledLog.NewKeyOfLog).ShouldContain($"you kept key {BundledLog.NewKeyOfLog.IdText}");

        string Problem(LogKeys keys, params NoteKey[] kept)
        {
            var payload = ProvenanceStatement.Of(Told(), BundledLog.Second.Manifest, checkpoint, keys).Write();
            var signature = BundledLog.SignedBytesByOldKey(DsseEnvelope.SignedBytes(ProvenanceStatement.PayloadType, payload));
            return StatementAudit.Judge(DsseEnvelope.Of(ProvenanceStatement.PayloadType, payload, BundledLog.OldKey, signature), kept).Problem;
        }
    }

    [Fact]
    public void A_statement_does_not_say_unrevoked_where_an_event_cannot_be_read()
    {
        var log = BundledLog.Build(lateOnSkill: [new UnknownEvent("version_banned", "{}")]);
        var told = BundleAudit.Judge(log.Bundle(), [BundledLog.OldKey]).Provenance!;

        var predicate = ProvenanceStatement.TryRead(ProvenanceStatement.Of(told, BundledLog.Second.Manifest, log.Bundle().Checkpoint, log.Keys).Write())!.Predicate;

        predicate.Skill.IsRevoked.ShouldBeNull();
        predicate.Unread.ShouldHaveSingleItem().ShouldBe(new UnreadEvent(log.Count - 1, "skill-renew-loan", "version_banned"));
    }

    [Fact]
    public void A_statement_and_a_graph_say_which_evidence_was_withdrawn_or_corrected_since()
    {
        var failed = new Outcome(false, 0, VerifiedBy.Verifier);
        var log = BundledLog.Build(lateOnFamily: [BundledLog.Admitted(1) with { Outcome = failed }, new FamilyEvent.EvidenceWithdrawn("e2", "staged")]);
        var told = BundleAudit.Judge(log.Bundle(), [BundledLog.OldKey]).Provenance!;

        var predicate = ProvenanceStatement.TryRead(ProvenanceStatement.Of(told, BundledLog.Second.Manifest, log.Bundle().Checkpoint, log.Keys).Write())!.Predicate;

        predicate.ChangedEvidence.ShouldBe(told.ChangedEvidence);
        predicate.ChangedEvidence.Select(e => (e.EvidenceId, e.WithdrawnAt, e.Corrected)).ShouldBe([("e1", null, new OutcomeCorrection(failed, log.Count - 2)), ("e2", log.Count - 1, null)]);
        predicate.Sections.SelectMany(s => s.Episodes).ShouldContain(e => e.WithdrawnAt == log.Count - 1);
        ProvenanceGraph.Dot(told).ShouldContain($"corrected to failure, verifier at leaf {log.Count - 2}");
        ProvenanceGraph.Dot(told).ShouldContain($"withdrawn at leaf {log.Count - 1}");
    }

    [Fact]
    public void A_key_on_a_curve_that_there_is_none_of_is_no_key()
    {
        var spki = BundledLog.OldKey.PublicKey.ToArray();
        ReadOnlySpan<byte> curve = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
        spki[spki.AsSpan().IndexOf(curve) + 2] ^= 1;

        Should.Throw<ArgumentException>(() => NoteKey.OfEcdsa(BundledLog.Origin, spki));
    }

    [Fact]
    public void What_is_no_envelope_or_no_statement_is_refused()
    {
        foreach (var text in new[] { "", "null", "{}", "[]", new string('{', 100_000), "{\"payload\":\"\",\"payloadType\":\"x\",\"signatures\":[]}", "{\"payload\":\"\",\"payloadType\":\"x\",\"signatures\":[null]}", "{\"payload\":\"\",\"payload\":\"\",\"payloadType\":\"x\",\"signatures\":[{\"sig\":\"\"}]}" })
            DsseEnvelope.TryRead(Encoding.UTF8.GetBytes(text)).ShouldBeNull(text[..Math.Min(60, text.Length)]);

        var other = "{\"_type\":\"https://in-toto.io/Statement/v1\"}"u8.ToArray();
        StatementAudit.Judge(Envelope(ProvenanceStatement.PayloadType, other), [BundledLog.NewKeyOfLog]).Problem.ShouldContain("no in-toto statement");
        StatementAudit.Judge(Envelope("application/json", other), [BundledLog.NewKeyOfLog]).Problem.ShouldContain("application/json");
    }

    [Fact]
    public void A_section_is_followed_to_the_version_that_brought_it()
    {
        var stream = Log.Events().Where(e => e.Record.Stream == "skill-renew-loan").Select(e => e.Event).Append(new SkillEvent.SkillRolledBack(3, 2, BundledLog.Second.Digest, "better")).ToList();

        SectionOrigin.NumberOf(stream, 3, "Steps").ShouldBe(2);
        SectionOrigin.NumberOf(stream, 3, "Pitfalls").ShouldBe(1);
        SectionOrigin.NumberOf(stream, 1, "Steps").ShouldBe(1);
        SectionOrigin.NumberOf([new SkillEvent.SkillRolledBack(2, 2, "", ""), new SkillEvent.SkillRolledBack(3, 4, "", "")], 2, "Steps").ShouldBe(2, "a record that leads in a circle");
    }

    [Fact]
    public void A_graph_names_runs_sections_and_decisions_and_nothing_in_it_ends_a_quote()
    {
        var told = Told();
        var dot = ProvenanceGraph.Dot(told with { Sections = [told.Sections[0] with { Section = "x\"]; evil [label=\"\\" }, .. told.Sections.Skip(1)] });

        dot.ShouldContain("\"t t3\" [label=\"t3\\nhttps://library.test/desk\\nsuccess, verifier\\nerased at leaf");
        dot.ShouldContain("improve: enough");
        dot.ShouldContain("[label=\"x\\\"]; evil [label=\\\"\\\\\", shape=note]");
        foreach (var line in dot.Split('\n')) (line.Replace("\\\\", "", StringComparison.Ordinal).Replace("\\\"", "", StringComparison.Ordinal).Count(c => c == '"') % 2).ShouldBe(0, line);
    }

    private static byte[] Coordinate(string number) => System.Numerics.BigInteger.Parse(number, System.Globalization.CultureInfo.InvariantCulture).ToByteArray(isUnsigned: true, isBigEndian: true) is var bytes
        ? [.. new byte[32 - bytes.Length], .. bytes]
        : [];

    private static VersionProvenance Told() => BundleAudit.Judge(Log.Bundle(), [BundledLog.OldKey]).Provenance!;

    private static DsseEnvelope Envelope(string type, byte[] payload) => DsseEnvelope.Of(type, payload, BundledLog.NewKeyOfLog, BundledLog.SignedBytesByNewKey(DsseEnvelope.SignedBytes(type, payload)));

    private static DsseEnvelope Signed() => Envelope(ProvenanceStatement.PayloadType, ProvenanceStatement.Of(Told(), BundledLog.Second.Manifest, Log.Bundle().Checkpoint, Log.Keys).Write());
}
