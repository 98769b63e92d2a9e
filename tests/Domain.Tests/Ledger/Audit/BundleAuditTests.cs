using System.Text;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Policies;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Domain.Tests.Ledger.Audit;

public sealed class BundleAuditTests
{
    private static readonly BundledLog Log = BundledLog.Build();
    private static readonly AuditBundle Sound = Log.Bundle();

    [Fact]
    public void A_sound_bundle_says_who_made_the_version_from_what_and_how_it_stands()
    {
        var verdict = Judge(AuditBundle.TryRead(Sound.Write()));

        verdict.Problem.ShouldBeNull();
        verdict.Events.ShouldBe(Sound.Leaves.Count);
        var told = verdict.Provenance!;
        (told.Version, told.Tier, told.TierDecidedBy, told.IsRevoked).ShouldBe((2, Tier.T1, "strict@1", false));
        told.Versions[0].By.ShouldBe("policy:default");
        told.Versions[0].Decision!.Policy.ShouldBe(BundledLog.Reference);
        told.Approvals.Single().By.ShouldBe("ada");
        told.Validations.Single().Validator.ShouldBe("lint");
        told.Runs.Select(r => (r.TrajectoryId, r.ErasedAt is not null)).ShouldBe([("t1", false), ("t2", false), ("t3", true)]);
        Judge(Log.Bundle(1)).Problem.ShouldBeNull();
    }

    [Fact]
    public void Who_kept_the_old_key_comes_to_the_new_one_by_the_endorsement_in_the_bundle()
    {
        BundleAudit.Judge(Sound, [BundledLog.NewKeyOfLog]).Holds.ShouldBeTrue();
        BundleAudit.Judge(Sound, [BundledLog.OldKey]).Holds.ShouldBeTrue();
        BundleAudit.Judge(Sound, [BundledLog.Stranger]).Problem!.Check.ShouldBe("checkpoint");
        BundleAudit.Judge(Sound, []).Problem!.Check.ShouldBe("checkpoint");
    }

    [Fact]
    public void Any_byte_that_is_another_is_refused_or_means_the_same()
    {
        var file = Sound.Write();
        var random = new Random(5);
        // Every place of the small members, and some of each of the long ones.
        for (var at = 0; at < file.Length; at += at < 300 ? 1 : random.Next(1, 40))
        {
            var changed = (byte[])file.Clone();
            changed[at] ^= (byte)(1 << random.Next(8));
            if (AuditBundle.TryRead(changed) is not { } read || !Judge(read).Holds) continue;
            read.Write().ShouldBe(file, $"byte {at}: {Encoding.UTF8.GetString(changed, Math.Max(0, at - 20), 40)}");
        }
    }

    [Fact]
    public void No_event_can_be_left_out_moved_repeated_or_given_the_proof_of_another()
    {
        for (var i = 0; i < Sound.Leaves.Count; i++)
        {
            var at = i;
            Refused(Sound with { Leaves = [.. Sound.Leaves.Where((_, j) => j != at)] }, $"{i} left out");
            Refused(Sound with { Leaves = [.. Sound.Leaves.Take(i + 1), .. Sound.Leaves.Skip(i)] }, $"{i} twice");
            Refused(With(i, l => l with { Leaf = l.Leaf + 1 }), $"{i} at another place");
            Refused(With(i, l => l with { Proof = Sound.Leaves[(at + 1) % Sound.Leaves.Count].Proof }), $"{i} with another's proof");
            Refused(With(i, l => l with { Proof = [.. l.Proof.Skip(1)] }), $"{i} with a short proof");
            Refused(With(i, l => l with { Proof = [.. l.Proof, l.Proof[0]] }), $"{i} with a long proof");
            Refused(With(i, l => l with { Text = l.Text.Replace("\"correlation\":\"c\"", "\"correlation\":\"d\"", StringComparison.Ordinal) }), $"{i} with another text");
            if (i > 0) Refused(Sound with { Leaves = [.. Sound.Leaves.Take(i - 1), Sound.Leaves[i], Sound.Leaves[i - 1], .. Sound.Leaves.Skip(i + 1)] }, $"{i} before the one before");
        }
    }

    [Fact]
    public void What_came_last_cannot_be_left_out_although_every_proof_holds()
    {
        var cut = Log.Bundle(among: e => e.Event is not SkillEvent.AliasMoved, vouched: [.. Log.Events().Where(e => e.Event is not TrajectoryEvent.TrajectoryRejected)]);

        Judge(cut).Problem!.Check.ShouldBe("stream-ends");
        Judge(Sound with { Ends = BundledLog.SignedByStranger(SignedNote.TryParse(Sound.Ends)!.Text).ToString() }).Problem!.Check.ShouldBe("stream-ends");
        Judge(Sound with { Checkpoint = BundledLog.SignedByStranger(Log.Checkpoint.Text()).ToString() }).Problem!.Check.ShouldBe("checkpoint");
    }

    [Fact]
    public void Where_streams_end_is_the_word_of_the_key_that_signed_the_checkpoint_and_of_no_other_that_is_trusted()
    {
        var cut = Log.Bundle(among: e => e.Event is not SkillEvent.AliasMoved);
        var ends = SignedNote.TryParse(cut.Ends)!.Text;

        foreach (var forged in new[] { BundledLog.SignedByOldKey(ends), BundledLog.SignedByAnotherLog(ends) })
            BundleAudit.Judge(cut with { Ends = forged.ToString() }, [BundledLog.OldKey, BundledLog.KeyOfAnotherLog]).Problem!.Check.ShouldBe("stream-ends");
    }

    [Fact]
    public void A_key_that_was_replaced_speaks_for_the_log_no_more_and_cannot_hide_the_one_after_it()
    {
        var cut = Resigned(Log.Bundle(among: e => e.Event is not SkillEvent.AliasMoved));
        BundleAudit.Judge(cut, [BundledLog.OldKey]).Problem!.Check.ShouldBe("checkpoint");
        BundleAudit.Judge(cut, [BundledLog.OldKey, BundledLog.NewKeyOfLog]).Problem!.Check.ShouldBe("checkpoint");

        // With the introduction of its successor left out, nothing in the file tells whoever kept no more than the old key.
        var hidden = Resigned(Log.Bundle(among: e => e.Event is not LogEvent.LogKeyIntroduced { Replaces: not null }));
        BundleAudit.Judge(hidden, [BundledLog.OldKey]).Holds.ShouldBeTrue();
        BundleAudit.Judge(hidden, [BundledLog.OldKey, BundledLog.NewKeyOfLog]).Problem!.What.ShouldContain($"you kept key {BundledLog.NewKeyOfLog.IdText}");
        BundleAudit.Judge(hidden, [BundledLog.OldKey, BundledLog.KeyOfAnotherLog]).Holds.ShouldBeTrue("a key of another log says nothing of this one");
        BundleAudit.Judge(Resigned(Log.Bundle(among: e => e.Event is not LogEvent.LogKeyIntroduced)), [BundledLog.OldKey]).Problem!.Check.ShouldBe("checkpoint", "a log has a key");

        static AuditBundle Resigned(AuditBundle bundle) => bundle with
        {
            Checkpoint = BundledLog.SignedByOldKey(SignedNote.TryParse(bundle.Checkpoint)!.Text).ToString(),
            Ends = BundledLog.SignedByOldKey(SignedNote.TryParse(bundle.Ends)!.Text).ToString(),
        };
    }

    [Fact]
    public void A_number_is_made_once_and_by_one_package()
    {
        var (created, improved) = (Only<SkillEvent.SkillCreated>(), Only<SkillEvent.SkillImproved>());

        Check(BundledLog.Build(lateOnSkill: [improved with { Content = created.Content }]).Bundle()).ShouldBe("version", "version 2 is made twice");
        Check(BundledLog.Build(lateOnSkill: [created]).Bundle()).ShouldBe("version", "the skill is made twice");
        CheckOf(e => e is SkillEvent.SkillImproved i ? i with { Version = 3 } : e).ShouldBe("version", "there is no version 2");
        Check(BundledLog.Build(lateOnSkill: [new SkillEvent.SkillRolledBack(4, 1, BundledLog.First.Digest, "better")]).Bundle()).ShouldBe("version", "there is no version 3");
        Check(BundledLog.Build(lateOnSkill: [new SkillEvent.SkillRolledBack(3, 7, BundledLog.First.Digest, "better")]).Bundle()).ShouldBe("version", "there is no version 7");
        Check(BundledLog.Build(lateOnSkill: [new SkillEvent.SkillRolledBack(3, 1, BundledLog.Second.Digest, "better")]).Bundle()).ShouldBe("version", "version 1 has another package");
        Check(BundledLog.Build(lateOnSkill: [new SkillEvent.SkillRolledBack(3, 1, BundledLog.First.Digest, "better")]).Bundle()).ShouldBe("holds");
    }

    [Fact]
    public void A_decision_came_before_what_it_made_and_was_to_make_that()
    {
        var decided = Log.Events().Select(e => e.Event).OfType<FamilyEvent.CurationDecided>().Single(d => d.Operation == CurationOperation.Improve);

        Check(BundledLog.Build(WithoutDecision, lateOnFamily: [decided]).Bundle()).ShouldBe("decision", "it was made up afterwards");
        CheckOf(e => e is FamilyEvent.CurationDecided { Operation: CurationOperation.Improve } d ? d with { Operation = CurationOperation.Retire } : e).ShouldBe("decision", "who retires improves nothing");
        CheckOf(e => e is FamilyEvent.CurationDecided { Operation: CurationOperation.Improve } d ? d with { Operation = CurationOperation.Reinstate } : e).ShouldBe("holds", "a skill may come back improved");
        CheckOf(e => e is FamilyEvent.CurationDecided { Operation: CurationOperation.Improve } d ? new FamilyEvent.VariantAccepted("model-a", new("other", 1, Digest.Of("x")), d.Result!, "wanted") : e)
            .ShouldBe("decision", "a sibling that was accepted is a skill of its own");
        Check(BundledLog.Build(lateOnFamily: [decided with { Operation = CurationOperation.Retire, ReasonCode = "useless" }]).Bundle()).ShouldBe("holds");
        Judge(BundledLog.Build(lateOnFamily: [decided with { Operation = CurationOperation.Retire, ReasonCode = "useless" }]).Bundle()).Provenance!.Versions[0].Decision!.ReasonCode.ShouldBe("enough");
    }

    [Fact]
    public void Who_is_not_on_record_is_no_person_who_needs_no_decision()
    {
        Check(BundledLog.Build(WithoutDecision, e => e is SkillEvent.SkillImproved).Bundle()).ShouldBe("decision");
        Check(BundledLog.Build(isAnonymous: e => e is SkillEvent.SkillImproved).Bundle()).ShouldBe("holds");
    }

    [Fact]
    public void What_cannot_be_read_leaves_open_whether_the_version_is_revoked()
    {
        BundleVerdict With(params ILedgerEvent[] late) => Judge(BundledLog.Build(lateOnSkill: late).Bundle());
        var revoked = new SkillEvent.VersionRevoked(2, BundledLog.Second.Digest, "leaks");

        With(new UnknownEvent("version_revoked", "{\"version\":\"two\"}")).Problem!.Check.ShouldBe("event");
        var told = With(new UnknownEvent("version_banned", "{}")).Provenance!;
        told.IsRevoked.ShouldBeNull();
        told.UnreadOfSkill.ShouldHaveSingleItem().Type.ShouldBe("version_banned");
        With(revoked, new UnknownEvent("version_banned", "{}")).Provenance!.IsRevoked.ShouldBe(true);
        With().Provenance!.IsRevoked.ShouldBe(false);
        var elsewhere = Judge(BundledLog.Build(lateOnPolicies: [new UnknownEvent("policy_praised", "{}")]).Bundle()).Provenance!;
        (elsewhere.IsRevoked, elsewhere.Unread.Single().Stream).ShouldBe((false, VersionTrail.PolicyStream));
    }

    [Fact]
    public void A_bundle_says_whose_it_is_and_keys_are_those_of_the_program_itself()
    {
        var theirs = BundledLog.Build(tenant: "theirs");
        var renamed = theirs.Bundle() with { Ends = Log.Bundle().Ends };

        Judge(Sound).Tenant.ShouldBe(EventContext.DefaultTenant);
        BundleAudit.Judge(theirs.Bundle(), [BundledLog.NewKeyOfLog]).Tenant.ShouldBe("theirs");
        BundleAudit.Judge(theirs.Bundle(), [BundledLog.OldKey]).Problem!.Check.ShouldBe("checkpoint", "a tenant introduces no keys of the log");
        BundleAudit.Judge(renamed, [BundledLog.NewKeyOfLog]).Problem!.Check.ShouldBe("stream-ends");
        StreamEnds.Text(Log.Checkpoint, "s", 1, theirs.Events(), BundledLog.SignedAt).ShouldNotBe(StreamEnds.Text(Log.Checkpoint, "s", 1, Log.Events(), BundledLog.SignedAt));
    }

    [Fact]
    public void A_bundle_says_when_it_was_signed_and_nobody_makes_it_younger()
    {
        Judge(Sound).SignedAt.ShouldBe(BundledLog.SignedAt);
        Sound.Ends.ShouldContain("\n1970-01-02T00:00:00Z\n");

        foreach (var time in new[] { "1970-01-03T00:00:00Z", "1970-01-02T00:00:00.0Z", "1970-1-02T00:00:00Z", "" })
            Check(Sound with { Ends = Sound.Ends.Replace("1970-01-02T00:00:00Z", time, StringComparison.Ordinal) }).ShouldBe("stream-ends", time);
    }

    [Fact]
    public void A_checkpoint_that_was_kept_shows_another_log_and_an_older_bundle()
    {
        var told = Log.Checkpoint;
        AuditFinding? Against(Checkpoint kept) => KeptCheckpoints.Contradiction(told, [("monday", told), ("tuesday", kept)]);

        Against(told with { Root = MerkleHash.EmptyRoot })!.What.ShouldContain("tuesday");
        Against(told with { Origin = "other.test/log" }).ShouldNotBeNull();
        Against(told with { Size = told.Size + 1, Root = MerkleHash.EmptyRoot }).ShouldBeNull();
        KeptCheckpoints.Later(told, [told, told with { Size = told.Size + 2 }, told with { Size = told.Size + 1 }])!.Size.ShouldBe(told.Size + 2);
        KeptCheckpoints.Later(told, [told, told with { Size = 1 }]).ShouldBeNull();
    }

    [Fact]
    public void Files_are_those_of_the_version_and_only_an_event_can_say_that_one_was_erased()
    {
        var (skill, quote) = (Sound.Files[0], Sound.Files[1]);
        quote.Content.ShouldBeNull();

        Check(Sound with { Files = [skill] }).ShouldBe("file");
        Check(Sound with { Files = [skill, quote, new("more.md", "100644", "")] }).ShouldBe("file");
        Check(Sound with { Files = [skill with { Content = Convert.ToBase64String(Encoding.UTF8.GetBytes("else")) }, quote] }).ShouldBe("file");
        Check(Sound with { Files = [skill with { Content = null }, quote] }).ShouldBe("file");
        Check(Sound with { Files = [skill with { Content = null, Erased = quote.Erased }, quote] }).ShouldBe("erasure");
        Check(Sound with { Files = [skill, quote with { Erased = quote.Erased - 1 }] }).ShouldBe("erasure");
        Check(Sound with { Files = [skill with { Mode = PackageFile.Executable }, quote] }).ShouldBe("file");
        Check(Sound with { Version = 3 }).ShouldBe("stream-ends");
        Check(Sound with { Parents = [] }).ShouldBe("version");
    }

    [Fact]
    public void The_policy_that_decided_is_there_or_said_to_be_missing()
    {
        var policy = Sound.Policies.Single();

        Check(Sound with { Policies = [policy with { Content = "" }] }).ShouldBe("policy");
        Check(Sound with { Policies = [] }).ShouldBe("policy");
        Check(Sound with { Policies = [policy, policy] }).ShouldBe("policy");
        Check(Sound with { Policies = [policy, new(Digest.Of("another"), "")] }).ShouldBe("policy");
        Check(Sound with { Policies = [new(policy.Digest)] }).ShouldBe("policy");
        Check(Sound with { Policies = [policy with { Missing = true }] }).ShouldBe("policy", "it is there or missing, and not both");
        Check(Sound with { Policies = [new(policy.Digest, Missing: false)] }).ShouldBe("policy");
        var without = Judge(AuditBundle.TryRead((Sound with { Policies = [new(policy.Digest, Missing: true)] }).Write()));
        without.Problem.ShouldBeNull();
        without.MissingPolicies.ShouldBe([policy.Digest]);
        Judge(Sound).MissingPolicies.ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_is_made_of_an_episode_that_had_been_taken_back()
    {
        var withdrawn = new FamilyEvent.EvidenceWithdrawn("e3", "staged");

        Check(BundledLog.Build(onFamilyBeforeDecisions: [withdrawn]).Bundle()).ShouldBe("evidence");
        Check(BundledLog.Build(onFamilyBeforeDecisions: [withdrawn, BundledLog.Admitted(3)]).Bundle()).ShouldBe("holds", "it was admitted again");
        Check(BundledLog.Build(onFamilyBeforeDecisions: [withdrawn]).Bundle(1)).ShouldBe("holds", "the first version is not of that one");
        var meanwhile = Judge(BundledLog.Build(onFamilyBeforeDecisions: [withdrawn with { EvidenceId = "e1" }]).Bundle(1));
        meanwhile.Problem.ShouldBeNull("the decision says that it had read no further");
        meanwhile.Provenance!.ChangedEvidence.Single().WithdrawnAt.ShouldNotBeNull();
    }

    [Fact]
    public void What_nobody_decided_is_made_of_episodes_that_were_admitted_before_it()
    {
        BundleVerdict ByHand(params ILedgerEvent[] late) => Judge(BundledLog.Build(
            e => e is FamilyEvent.CurationDecided or FamilyEvent.EvidenceAdmitted { EvidenceId: "e2" } ? null : e, madeBy: "admin:ada", lateOnFamily: late,
            onFamilyBeforeDecisions: late.Length > 0 ? [] : [BundledLog.Admitted(2)]).Bundle(1));

        ByHand().Problem.ShouldBeNull();
        ByHand(BundledLog.Admitted(2)).Problem!.Check.ShouldBe("evidence");
    }

    [Fact]
    public void What_was_withdrawn_or_corrected_since_is_told_with_the_leaf_that_says_so()
    {
        var failed = new Outcome(false, 0, VerifiedBy.Verifier);
        var log = BundledLog.Build(
            lateOnFirstRun: [new TrajectoryEvent.TrajectoryOutcomeCorrected(new(true, 1, VerifiedBy.Verifier), failed, "a second look")],
            lateOnFamily: [BundledLog.Admitted(1) with { Outcome = failed }, new FamilyEvent.EvidenceWithdrawn("e3", "staged")]);
        long LeafOf<T>() => log.Events().Single(e => e.Event is T).Leaf;

        var told = Judge(log.Bundle()).Provenance!;

        told.ChangedEvidence.Select(e => (e.EvidenceId, e.WithdrawnAt, e.Corrected)).ShouldBe(
        [
            ("e1", null, new OutcomeCorrection(failed, LeafOf<TrajectoryEvent.TrajectoryOutcomeCorrected>())),
            ("e3", LeafOf<FamilyEvent.EvidenceWithdrawn>(), null),
        ]);
        told.ChangedEvidence[0].Outcome.Success.ShouldBe(true, "what the version took it for");
        told.ChangedEvidence[0].AdmittedAt.ShouldNotBeNull();
        Judge(Log.Bundle()).Provenance!.ChangedEvidence.ShouldBeEmpty();
        Changed(new FamilyEvent.EvidenceWithdrawn("e1", "staged"), BundledLog.Admitted(1)).ShouldBeEmpty("it counts again, as what it was");
        Changed(BundledLog.Admitted(1) with { Outcome = failed }, BundledLog.Admitted(1)).ShouldBeEmpty();
        Changed(new FamilyEvent.EvidenceWithdrawn("e1", "staged"), BundledLog.Admitted(1) with { Outcome = failed }).Single().ShouldSatisfyAllConditions(e => e.WithdrawnAt.ShouldBeNull(), e => e.Corrected!.To.ShouldBe(failed));

        static IReadOnlyList<EpisodeFacts> Changed(params ILedgerEvent[] late) => Judge(BundledLog.Build(lateOnFamily: late).Bundle()).Provenance!.ChangedEvidence;
    }

    [Fact]
    public void A_version_that_no_decision_no_policy_no_evidence_or_no_run_stands_behind_is_refused_whoever_signs()
    {
        CheckOf(e => e is FamilyEvent.CurationDecided { Operation: CurationOperation.Improve } ? null : e).ShouldBe("decision");
        CheckOf(e => e is FamilyEvent.CurationDecided { Operation: CurationOperation.Improve } d ? d with { Result = d.Result! with { PackageDigest = BundledLog.First.Digest } } : e).ShouldBe("decision");
        CheckOf(e => e is FamilyEvent.CurationDecided { Operation: CurationOperation.Improve } d ? d with { Leaf = 1000 } : e).ShouldBe("decision");
        CheckOf(e => e is PolicyEvent.PolicyPublished p ? p with { Digest = Digest.Of("another") } : e).ShouldBe("policy");
        CheckOf(e => e is PolicyEvent.PolicyActivated ? null : e).ShouldBe("policy");
        Judge(BundledLog.Build(e => e is PolicyEvent.PolicyPublished { Size: < 1000 } ? null : e, lateOnPolicies: [new PolicyEvent.PolicyPublished("default", 1, BundledLog.Reference.Digest, 1000)]).Bundle()).Problem!.Check.ShouldBe("policy", "published after it decided");
        CheckOf(e => e is FamilyEvent.EvidenceAdmitted { EvidenceId: "e3" } ? null : e).ShouldBe("evidence");
        CheckOf(e => e is FamilyEvent.EvidenceAdmitted { EvidenceId: "e3" } a ? a with { LastStep = 5 } : e).ShouldBe("evidence");
        CheckOf(e => e is TrajectoryEvent.TrajectoryRecorded { TrajectoryId: "t3" } ? null : e).ShouldBe("run");
        CheckOf(e => e is SkillEvent.SkillImproved i ? i with { Content = i.Content with { Package = i.Content.Package with { Digest = BundledLog.First.Digest } } } : e).ShouldBe("package-digest");
    }

    [Fact]
    public void Hostile_files_are_no_bundles()
    {
        var file = Encoding.UTF8.GetString(Sound.Write());
        string[] hostile =
        [
            "", "null", "[]", "{}", "\"x\"", new string('[', 100_000), "{\"a\":" + new string('{', 100_000),
            file.Replace("bundle@v1", "bundle@v2", StringComparison.Ordinal), file[..^3], file + "{}", file.Replace("\"version\":2,", "", StringComparison.Ordinal),
            file.Replace("\"version\":2,", "\"version\":2,\"version\":2,", StringComparison.Ordinal), file.Replace("\"version\":2,", "\"version\":2,\"more\":2,", StringComparison.Ordinal),
            file.Replace("\"version\":2,", "\"Version\":2,", StringComparison.Ordinal), file.Replace("\"version\":2,", "\"version\":\"2\",", StringComparison.Ordinal), file.Replace("\"version\":2,", "\"version\":2e99,", StringComparison.Ordinal),
            file.Replace("\"leaves\":[", "\"leaves\":[null,", StringComparison.Ordinal), file.Replace("\"proof\":[", "\"proof\":[null,", StringComparison.Ordinal), file.Replace("\"files\":[", "\"files\":[null,", StringComparison.Ordinal),
        ];

        foreach (var text in hostile) AuditBundle.TryRead(Encoding.UTF8.GetBytes(text)).ShouldBeNull(text[..Math.Min(60, text.Length)]);
        AuditBundle.TryRead([0xff, .. Sound.Write()]).ShouldBeNull();
        Judge(null).Problem!.Check.ShouldBe("bundle");
        Check(Sound with { Leaves = [] }).ShouldBe("checkpoint");
        Check(With(0, l => l with { Leaf = -1 })).ShouldBe("proof");
        Check(With(0, l => l with { Leaf = long.MaxValue })).ShouldBe("proof");
        Check(With(0, l => l with { Text = "{\"v\":1}" })).ShouldBe("leaf-text");
        Check(Sound with { Checkpoint = "no note" }).ShouldBe("checkpoint");
    }

    [Fact]
    public void The_table_in_docs_says_what_each_check_finds()
    {
        const string Begin = "<!-- bundle checks -->\n", End = "<!-- /bundle checks -->";
        var table = $"| check | what it finds |\n|---|---|\n{string.Concat(BundleAudit.Checks.Select(c => $"| `{c.Check}` | {c.Finds} |\n"))}";
        var file = Repository.Path("docs", "audit.md");
        var text = File.ReadAllText(file);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));

        if (Environment.GetEnvironmentVariable("PIPELINE_WRITE_DOCS") == "1") File.WriteAllText(file, text[..from] + table + text[to..]);
        else text[from..to].ShouldBe(table, "PIPELINE_WRITE_DOCS=1 writes it anew");
    }

    private static ILedgerEvent? WithoutDecision(ILedgerEvent e) => e is FamilyEvent.CurationDecided { Operation: CurationOperation.Improve } ? null : e;

    private static T Only<T>() => Log.Events().Select(e => e.Event).OfType<T>().Single();

    private static string CheckOf(Func<ILedgerEvent, ILedgerEvent?> change) => Judge(BundledLog.Build(change).Bundle()).Problem?.Check ?? "holds";

    private static string Check(AuditBundle bundle) => Judge(bundle).Problem?.Check ?? "holds";

    private static void Refused(AuditBundle bundle, string what) => Judge(bundle).Holds.ShouldBeFalse(what);

    private static AuditBundle With(int at, Func<BundleLeaf, BundleLeaf> change) => Sound with { Leaves = [.. Sound.Leaves.Select((l, i) => i == at ? change(l) : l)] };

    private static BundleVerdict Judge(AuditBundle? bundle) => BundleAudit.Judge(bundle, [BundledLog.OldKey]);
}
