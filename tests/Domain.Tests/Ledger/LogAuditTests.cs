using System.Security.Cryptography;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Policies;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Tests.Ledger;

public sealed class LogAuditTests
{
    [Fact]
    public void A_log_that_leads_to_its_checkpoints_holds()
    {
        var audit = Over(20, Anchor(7), Anchor(20));

        audit.Findings.ShouldBeEmpty();
        audit.Root.ShouldBe(Anchor(20).Root);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(19)]
    public void Another_event_with_another_hash_is_told_by_every_checkpoint_after_it(int changed)
    {
        var audit = new LogAudit(AuditState.Begin, [(Anchor(7), "early"), (Anchor(20), "late")]);
        for (var i = 0; i < 20; i++)
        {
            var text = Leaf(i == changed ? 100 + i : i, version: i + 1);
            audit.Take(i, text, MerkleHash.OfLeaf(text.Span));
        }
        audit.Finish();

        audit.Findings.Select(f => (f.Check, f.Leaf)).ShouldBe(changed < 7 ? [("checkpoint", 7L), ("checkpoint", 20L)] : [("checkpoint", 20L)]);
    }

    [Fact]
    public void One_changed_event_is_one_finding_at_its_leaf()
    {
        var audit = new LogAudit(AuditState.Begin, [(Anchor(9), "it")]);
        for (var i = 0; i < 9; i++) audit.Take(i, Leaf(i == 4 ? 50 : i, version: i + 1), MerkleHash.OfLeaf(Leaf(i, version: i + 1).Span));
        audit.Finish();

        audit.Findings.Select(f => (f.Check, f.Leaf)).ShouldBe([("event-changed", 4L)]);
    }

    [Fact]
    public void What_is_gone_stands_apart_from_what_is_empty()
    {
        var audit = new LogAudit(AuditState.Begin, []);
        audit.Take(0, null, MerkleHash.OfLeaf([]));
        audit.Take(1, ReadOnlyMemory<byte>.Empty, MerkleHash.OfLeaf([]));

        audit.Findings.Select(f => f.Check).ShouldBe(["event-gone", "leaf-text"]);
    }

    [Fact]
    public void A_log_that_ends_before_a_checkpoint_is_shorter() => Over(5, Anchor(7)).Findings.Select(f => (f.Check, f.Leaf)).ShouldBe([("log-shorter", 5L)]);

    [Fact]
    public void It_goes_on_from_where_it_was_put_away_as_if_it_had_not_been()
    {
        var first = new LogAudit(AuditState.Begin, [(Anchor(7), "early"), (Anchor(20), "late")]);
        for (var i = 0; i < 11; i++) Take(first, i);
        var second = new LogAudit(first.State, [(Anchor(7), "early"), (Anchor(20), "late")]);
        for (var i = 11; i < 20; i++) Take(second, i);
        second.Finish();

        second.Findings.ShouldBeEmpty();
        second.Root.ShouldBe(Anchor(20).Root);
    }

    [Fact]
    public void A_checkpoint_that_an_interrupted_audit_has_passed_by_is_not_taken_for_compared()
    {
        var first = new LogAudit(AuditState.Begin, [(Anchor(7), "early")]);
        for (var i = 0; i < 11; i++) Take(first, i);

        LogAudit.Covers(first.State, Anchor(7)).ShouldBeTrue();
        LogAudit.Covers(first.State, Anchor(9)).ShouldBeFalse();
        LogAudit.Covers(first.State, Anchor(12)).ShouldBeTrue();
        LogAudit.Covers(first.State, Anchor(7) with { Root = Anchor(6).Root }).ShouldBeFalse();
    }

    [Fact]
    public void A_hole_is_told_once_and_what_is_behind_it_is_looked_at_all_the_same()
    {
        var audit = new LogAudit(AuditState.Begin, [(Anchor(20), "it")]);
        for (var i = 0; i < 20; i++)
            if (i != 5) audit.Take(i, i == 15 ? Leaf(99, 16) : Leaf(i, i + 1), MerkleHash.OfLeaf(Leaf(i, i + 1).Span));
        audit.Finish();

        audit.Findings.Select(f => (f.Check, f.Leaf)).ShouldBe([("leaf-order", 5L), ("stream-order", 6L), ("event-changed", 15L)]);
        audit.Next.ShouldBe(20);
    }

    [Fact]
    public void A_file_is_missing_unless_a_sealed_event_says_that_it_was_erased()
    {
        var (kept, erased) = ($"sha256:{new string('1', 64)}", $"sha256:{new string('2', 64)}");
        var audit = new LogAudit(AuditState.Begin, []);
        var text = Leaf(0, 1, "subject_erased", $$"""{"subject":"s","payloadDigest":"d","reason":"r","purged":["{{erased}}"]}""");
        audit.Take(0, text, MerkleHash.OfLeaf(text.Span));

        audit.TakeContent(erased, null, isUnreadable: false);
        audit.TakeContent(kept, null, isUnreadable: false);
        audit.TakeContent(kept, [1], isUnreadable: false);
        audit.TakeContent(kept, null, isUnreadable: true);

        audit.Findings.Select(f => f.Check).ShouldBe(["content-missing", "content-changed", "content-changed"]);
    }

    [Fact]
    public void What_was_erased_is_not_to_be_there_until_a_later_event_names_it_and_then_it_is_also_after_an_interruption()
    {
        var digest = $"sha256:{new string('3', 64)}";
        var named = EventCatalogue.Write(new PolicyEvent.PolicyPublished("p", 1, digest, 1));
        var audit = new LogAudit(AuditState.Begin, []);
        Next("policy_published", named);
        Next("subject_erased", $$"""{"subject":"s","payloadDigest":"d","reason":"r","purged":["{{digest}}"]}""");
        Interrupt();
        audit.TakeContent(digest, null, isUnreadable: false);
        audit.Findings.ShouldBeEmpty();
        audit.Purged[digest].ShouldBe(1);

        Next("policy_published", named);
        Interrupt();
        audit.TakeContent(digest, null, isUnreadable: false);
        audit.Findings.Select(f => (f.Check, f.Leaf)).ShouldBe([("content-missing", 0L)]);
        audit.Purged.ShouldBeEmpty();

        void Next(string type, string data)
        {
            var text = Leaf((int)audit.Next, audit.Next + 1, type, data);
            audit.Take(audit.Next, text, MerkleHash.OfLeaf(text.Span));
        }

        void Interrupt() => audit = new(System.Text.Json.JsonSerializer.Deserialize<AuditState>(System.Text.Json.JsonSerializer.Serialize(audit.State, LedgerJson.Options), LedgerJson.Options)!, []);
    }

    [Fact]
    public void An_erased_content_that_is_there_is_found_where_it_was_erased()
    {
        byte[] content = [1, 2, 3];
        var digest = Digest.Of(content);
        var audit = new LogAudit(AuditState.Begin, []);
        var text = Leaf(0, 1, "subject_erased", $$"""{"subject":"s","payloadDigest":"d","reason":"r","purged":["{{digest}}"]}""");
        audit.Take(0, text, MerkleHash.OfLeaf(text.Span));

        audit.TakeContent(digest, content, isUnreadable: false);

        audit.Findings.Select(f => (f.Check, f.Leaf)).ShouldBe([("content-erased", 0L)]);
    }

    [Fact]
    public void Policies_reports_and_what_models_were_asked_and_said_are_looked_at_like_files_also_after_an_interruption()
    {
        var at = 0;
        string Next() => $"sha256:{(++at).ToString("x64", System.Globalization.CultureInfo.InvariantCulture)}";
        var (policy, report, request, prompt, answer, unkept, draft) = (Next(), Next(), Next(), Next(), Next(), Next(), Next());
        ILedgerEvent[] events =
        [
            new PolicyEvent.PolicyPublished("p", 1, policy, 1),
            new SkillEvent.ValidationCompleted("j", 1, "d", "lint", "1", "r", Verdict.Passed, new Dictionary<string, double>(), report),
            Consulted(request, prompt, answer, null),
            Consulted(unkept, unkept, null, FamilyEvent.ModelConsulted.ErasedMeanwhile),
            Decided(draft, new("s", 1, "d")),
            Decided(unkept, null),
        ];
        var audit = new LogAudit(AuditState.Begin, []);
        for (var i = 0; i < events.Length; i++)
        {
            var text = Leaf(i, i + 1, EventCatalogue.Default.AliasOf(events[i]), EventCatalogue.Write(events[i]));
            audit.Take(i, text, MerkleHash.OfLeaf(text.Span));
        }
        audit = new LogAudit(System.Text.Json.JsonSerializer.Deserialize<AuditState>(System.Text.Json.JsonSerializer.Serialize(audit.State, LedgerJson.Options), LedgerJson.Options)!, []);

        audit.Cited.Select(c => (c.Key, c.Value.Leaf)).ShouldBe([(policy, 0L), (report, 1L), (request, 2L), (prompt, 2L), (answer, 2L), (draft, 4L)]);
        foreach (var digest in audit.Cited.Keys) audit.TakeContent(digest, null, isUnreadable: false);
        audit.Findings.Select(f => (f.Check, f.Leaf)).ShouldBe([("content-missing", 0L), ("content-missing", 1L), ("content-missing", 2L), ("content-missing", 2L), ("content-missing", 2L), ("content-missing", 4L)]);
        audit.Findings[0].What.ShouldStartWith($"the policy {policy} is missing");
    }

    [Fact]
    public void A_key_may_sign_from_its_own_leaf_on_until_the_next_one_s()
    {
        var (old, @new, stranger) = (Key("log.test"), Key("log.test"), Key("log.test"));
        var audit = new LogAudit(AuditState.Begin, []);
        Introduce(audit, 0, 1, old);
        Introduce(audit, 1, 2, @new);
        // One that stands in another stream than the log's is none of its keys.
        Introduce(audit, 2, 1, stranger, stream: "skill-a");
        var later = new LogAudit(audit.State, []);

        foreach (var a in (LogAudit[])[audit, later])
        {
            a.MaySign(Of(0), [old]).ShouldBeFalse();
            a.MaySign(Of(1), [old]).ShouldBeTrue();
            a.MaySign(Of(1), [@new]).ShouldBeFalse();
            a.MaySign(Of(2), [old]).ShouldBeFalse();
            a.MaySign(Of(2), [old, @new]).ShouldBeTrue();
            a.MaySign(Of(3), [@new]).ShouldBeTrue();
            a.MaySign(Of(3), [stranger]).ShouldBeFalse();
            a.MaySign(Of(3) with { Origin = "log.other" }, [@new]).ShouldBeFalse();
        }

        Checkpoint Of(int size) => new("log.test", size, MerkleHash.OfLeaf([]));
    }

    private static FamilyEvent.ModelConsulted Consulted(string request, string prompt, string? answer, string? failure) => new()
    {
        ThroughEvidence = 1,
        RequestDigest = request,
        PromptDigest = prompt,
        SentTo = "model.test:443",
        Model = "m",
        Attempts = 1,
        ResponseDigest = answer,
        InputTokens = 1,
        OutputTokens = 1,
        CostMicroUsd = 1,
        FailureCode = failure,
    };

    private static FamilyEvent.CurationDecided Decided(string draft, CuratedVersion? result) => new()
    {
        Operation = CurationOperation.Create,
        ThroughEvidence = 1,
        Leaf = 0,
        At = DateTimeOffset.UnixEpoch,
        Policy = new("p", 1, "d"),
        Candidates = [],
        Scores = new Dictionary<string, double>(),
        Thresholds = new Dictionary<string, double>(),
        ReasonCode = "enough",
        Reason = "",
        Result = result,
        Composition = new(CompositionOutcome.Used, "r", draft, "d", "used", ""),
    };

    private static NoteKey Key(string name)
    {
        using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return NoteKey.OfEcdsa(name, made.ExportSubjectPublicKeyInfo());
    }

    private static void Introduce(LogAudit audit, int leaf, long version, NoteKey key, string stream = "log-log.test")
    {
        var data = $$"""{"origin":"log.test","keyName":"{{key.Name}}","keyId":"{{key.IdText}}","publicKey":"{{Convert.ToBase64String(key.PublicKey)}}","reason":"r"}""";
        var text = Leaf(leaf, version, "log_key_introduced", data, EventContext.DefaultTenant, stream);
        audit.Take(leaf, text, MerkleHash.OfLeaf(text.Span));
    }

    private static LogAudit Over(int leaves, params Checkpoint[] anchors)
    {
        var audit = new LogAudit(AuditState.Begin, [.. anchors.Select(a => (a, "it"))]);
        for (var i = 0; i < leaves; i++) Take(audit, i);
        audit.Finish();
        return audit;
    }

    private static void Take(LogAudit audit, int i) => audit.Take(i, Leaf(i, i + 1), MerkleHash.OfLeaf(Leaf(i, i + 1).Span));

    private static Checkpoint Anchor(int size) => new("log.test", size, CompactRange.Empty.Append(Enumerable.Range(0, size).Select(i => MerkleHash.OfLeaf(Leaf(i, i + 1).Span))).Root());

    private static ReadOnlyMemory<byte> Leaf(int number, long version, string type = "noted", string? data = null, string tenant = "t", string stream = "s") => new LeafRecord
    {
        Tenant = tenant,
        Stream = stream,
        Version = version,
        Id = new Guid(number, 0, 0, new byte[8]),
        Type = type,
        At = DateTimeOffset.UnixEpoch,
        Data = data ?? $$"""{"n":{{number}}}""",
    }.Canonical();
}
