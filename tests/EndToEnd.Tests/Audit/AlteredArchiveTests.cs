using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Infra.Archives;

namespace Pipeline.EndToEnd.Tests.Audit;

/// <summary>What somebody could do to an archive on its way. The one that is kept in tests/ is altered, and each time verified by who kept the key.</summary>
public sealed class AlteredArchiveTests : IDisposable
{
    private readonly ScratchFolder _files = new();

    public AlteredArchiveTests() => KeptArchive.CopyTo(Root);

    private string Root => _files["archive"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task As_it_is_it_holds()
    {
        var run = await VerifyAsync();
        run.ExitCode.ShouldBe(ExitCodes.Done, run.Error);
    }

    [Fact]
    public async Task A_byte_flipped_in_a_file_of_leaves_is_found()
    {
        var bytes = Bytes("leaves/000000.gz");
        bytes[bytes.Length / 2] ^= 1;
        Write("leaves/000000.gz", bytes);
        await RefusedAsync("leaves/000000.gz", "digest");
    }

    [Fact]
    public async Task A_changed_event_is_found_at_its_line_although_its_file_is_said_to_be_right()
    {
        await EditLeavesAsync(lines => lines[6] = lines[6].Replace("\"at\":\"2", "\"at\":\"3", StringComparison.Ordinal));
        await RefusedAsync("leaves/000000.gz, line 7 (leaf 6, event-changed)");
    }

    [Fact]
    public async Task A_changed_event_with_its_hash_made_anew_is_found_by_the_next_checkpoint()
    {
        await EditLeavesAsync(lines => lines[6] = Hashed(lines[6][65..].Replace("\"at\":\"2", "\"at\":\"3", StringComparison.Ordinal)));
        await RefusedAsync("checkpoint", "the past was rewritten");
    }

    [Fact]
    public async Task A_leaf_that_was_taken_out_is_found()
    {
        await EditLeavesAsync(lines => lines.RemoveAt(lines.Count - 1));
        await RefusedAsync("leaves/000000.gz", "ends after");
        await EditLeavesAsync(lines => lines.RemoveAt(6));
        await RefusedAsync("leaves/000000.gz", "stream-order");
    }

    [Fact]
    public async Task A_leaf_that_comes_twice_is_found()
    {
        await EditLeavesAsync(lines => lines[7] = lines[6]);
        await RefusedAsync("line 8", "stream-order");
    }

    [Fact]
    public async Task More_leaves_than_were_signed_are_found()
    {
        await EditLeavesAsync(lines => lines.Add(lines[^1]));
        await RefusedAsync("leaves/000000.gz", "more than");
    }

    [Fact]
    public async Task A_portion_that_is_missing_is_found()
    {
        File.Delete(PathOf("leaves/000000.gz"));
        await RefusedAsync("leaves/000000.gz", "missing");
    }

    [Fact]
    public async Task A_changed_content_is_found()
    {
        var name = FirstContent();
        var bytes = Bytes(name);
        bytes[0] ^= 1;
        Write(name, bytes);
        await RefusedAsync(name, "changed");
    }

    [Fact]
    public async Task A_content_that_was_taken_away_is_found_even_where_the_list_says_nothing_of_it()
    {
        var file = (await ManifestAsync())["contents"]!["file"]!.GetValue<string>();
        Write(file, "");
        await EditAsync(manifest => manifest["contents"] = new JsonObject { ["file"] = file, ["count"] = 0, ["bytes"] = 0, ["sha256"] = Digest.Of("") });
        await RefusedAsync("contents/", "no event says that it was erased");
    }

    [Fact]
    public async Task A_content_that_no_event_names_is_refused()
    {
        var digest = Digest.Of("smuggled");
        Write(ArchiveDirectory.NameOf(digest), "smuggled"u8.ToArray());
        await EditListAsync("contents", lines => lines.Add(JsonSerializer.Serialize(new ArchivedContent(digest, 8), LedgerJson.Options)));
        await RefusedAsync("contents.jsonl", "no event names");
    }

    [Fact]
    public async Task What_was_erased_does_not_come_back_by_an_archive()
    {
        await EditListAsync("contents", lines =>
        {
            var at = lines.FindIndex(l => l.Contains("\"erased\":true", StringComparison.Ordinal));
            at.ShouldBeGreaterThanOrEqualTo(0);
            lines[at] = JsonSerializer.Serialize(JsonSerializer.Deserialize<ArchivedContent>(lines[at], LedgerJson.Options)! with { Erased = false, Bytes = 1 }, LedgerJson.Options);
        });
        await RefusedAsync("contents.jsonl", "was erased with a data subject");
    }

    [Theory]
    [InlineData("size", 7)]
    [InlineData("size", 0)]
    [InlineData("size", -1)]
    [InlineData("leavesPerPortion", 0)]
    [InlineData("leavesPerPortion", 2_000_000_000)]
    [InlineData("format", 2)]
    [InlineData("format", 0)]
    public async Task A_manifest_that_contradicts_itself_is_refused(string member, int value)
    {
        await EditAsync(manifest => manifest[member] = value);
        await RefusedAsync("archive.json");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"format\":1}")]
    [InlineData("{\"format\":1,\"format\":1}")]
    [InlineData("{\"format\":1,\"size\":1,\"leavesPerPortion\":1,\"leaves\":[null]}")]
    public async Task Something_else_in_place_of_the_manifest_is_refused(string json)
    {
        Write("archive.json", json);
        await RefusedAsync("archive.json");
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("leaves/../archive.json")]
    public async Task A_name_that_leads_out_of_the_archive_is_never_followed(string name)
    {
        await EditAsync(manifest => manifest["leaves"]![0]!["file"] = name);
        await RefusedAsync("archive.json", "portion 0");
        await EditListAsync("contents", lines => lines.Insert(0, JsonSerializer.Serialize(new ArchivedContent(name, 8), LedgerJson.Options)), "leaves/000000.gz");
        await RefusedAsync("contents.jsonl");
    }

    [Theory]
    [InlineData("leaves/000000.gz")]
    [InlineData("contents.jsonl")]
    [InlineData("archive.json")]
    public async Task A_link_is_no_file_of_an_archive(string name)
    {
        File.Move(PathOf(name), _files["elsewhere"]);
        File.CreateSymbolicLink(PathOf(name), _files["elsewhere"]);
        await RefusedAsync(name, "link");
    }

    [Fact]
    public async Task A_folder_behind_a_link_is_not_the_archives()
    {
        Directory.Move(PathOf("leaves"), _files["elsewhere"]);
        Directory.CreateSymbolicLink(PathOf("leaves"), _files["elsewhere"]);
        await RefusedAsync("leaves/000000.gz", "link");
    }

    [Fact]
    public async Task A_line_that_grows_without_end_is_cut_short()
    {
        using (var file = File.Create(PathOf("leaves/000000.gz")))
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
            for (var i = 0; i < 80; i++) gzip.Write(new byte[1024 * 1024]);
        new FileInfo(PathOf("leaves/000000.gz")).Length.ShouldBeLessThan(2 * 1024 * 1024);
        await DescribeAsync("leaves/000000.gz");
        await RefusedAsync("leaves/000000.gz, line 1", "longer than any leaf");
    }

    [Fact]
    public async Task A_line_of_a_list_is_not_read_further_than_one_can_be_long()
    {
        Write("list", [.. "one\ntwo\n"u8, .. new byte[8 * BoundedLines.Longest]]);
        await using var file = File.OpenRead(PathOf("list"));
        var read = new List<string>();
        (await Should.ThrowAsync<ArchiveException>(async () =>
        {
            await foreach (var line in BoundedLines.ReadAsync(file, "list", Stop)) read.Add(Encoding.UTF8.GetString(line.Span));
        })).Place.ShouldBe("list, line 3");
        read.ShouldBe(["one", "two"]);
        file.Position.ShouldBeLessThan(2 * BoundedLines.Longest);
    }

    [Fact]
    public async Task A_checkpoint_of_another_log_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await EditAsync(manifest =>
        {
            var note = SignedNote.TryParse(manifest["checkpoint"]!.GetValue<string>())!;
            var mine = NoteKey.OfEcdsa(Checkpoint.TryParse(note.Text)!.Origin, key.ExportSubjectPublicKeyInfo());
            manifest["checkpoint"] = SignedNote.Of(note.Text, NoteSignature.By(mine, key.SignData(SignedNote.SignedBytes(note.Text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))).ToString();
        });
        await RefusedAsync("archive.json", "none of the keys that are trusted");
        (await CommandLineRun.OfAsync("ledger", "import", Root, "--dry-run")).ExitCode.ShouldBe(ExitCodes.Altered, "nor by the archive's own keys");
    }

    [Fact]
    public async Task An_archive_whose_keys_were_put_in_its_place_is_refused_by_who_kept_one_and_by_the_events()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await EditAsync(manifest =>
        {
            var note = SignedNote.TryParse(manifest["checkpoint"]!.GetValue<string>())!;
            var mine = NoteKey.OfEcdsa(Checkpoint.TryParse(note.Text)!.Origin, key.ExportSubjectPublicKeyInfo());
            manifest["keys"] = new JsonArray(new JsonObject { ["key"] = mine.ToString() });
            manifest["checkpoint"] = SignedNote.Of(note.Text, NoteSignature.By(mine, key.SignData(SignedNote.SignedBytes(note.Text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))).ToString();
            Write("checkpoints.jsonl", JsonSerializer.Serialize(new ArchivedCheckpoint(manifest["checkpoint"]!.GetValue<string>(), DateTimeOffset.UtcNow), LedgerJson.Options) + "\n");
            var list = Bytes("checkpoints.jsonl");
            manifest["checkpoints"] = new JsonObject { ["file"] = "checkpoints.jsonl", ["count"] = 1, ["bytes"] = list.Length, ["sha256"] = Digest.Of(list) };
        });
        await RefusedAsync("archive.json", "none of the keys that are trusted");
        (await CommandLineRun.OfAsync("ledger", "import", Root, "--dry-run")).Error.ShouldContain("not those that the log's events introduce");
    }

    [Fact]
    public async Task A_key_that_is_trusted_for_another_log_cannot_sign_this_one()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var another = NoteKey.OfEcdsa("example.org/another-log", key.ExportSubjectPublicKeyInfo());
        _files.Write("both.pub", $"{File.ReadAllText(KeptArchive.Key).Trim()}\n{another}\n");
        await SignLastAsync(another, key);
        var run = await CommandLineRun.OfAsync("ledger", "import", Root, "--dry-run", "--key", _files["both.pub"]);
        run.ExitCode.ShouldBe(ExitCodes.Altered, run.Out);
        run.Error.ShouldContain("archive.json");
    }

    [Theory]
    [InlineData(3, 2 * 60)]
    [InlineData(3, -2 * 60)]
    [InlineData(0, 2 * 60)]
    [InlineData(10, -2 * 60)]
    [InlineData(4, -0.5)]
    public async Task A_time_of_signing_that_the_events_or_the_other_checkpoints_contradict_is_found(int checkpoint, double minutes)
    {
        await EditListAsync("checkpoints", lines =>
        {
            var line = JsonSerializer.Deserialize<ArchivedCheckpoint>(lines[checkpoint], LedgerJson.Options)!;
            lines[checkpoint] = JsonSerializer.Serialize(line with { SignedAt = line.SignedAt.AddMinutes(minutes) }, LedgerJson.Options);
        }, isSorted: false);
        await RefusedAsync("checkpoint-time");
    }

    [Theory]
    [InlineData("policy_published", "digest")]
    [InlineData("validation_completed", "reportDigest")]
    public async Task A_content_that_is_no_file_of_a_version_cannot_be_left_out_either_unless_the_export_said_so(string type, string member)
    {
        var digest = await NamedByAsync(type, member);
        await EditListAsync("contents", lines => lines.RemoveAll(l => l.Contains(digest, StringComparison.Ordinal)).ShouldBe(1));
        await RefusedAsync(ArchiveDirectory.NameOf(digest));

        await EditListAsync("contents", lines => lines.Add($$"""{"sha256":"{{digest}}","absent":true}"""));
        var run = await VerifyAsync();
        run.ExitCode.ShouldBe(ExitCodes.Done, run.Error);
        run.Error.ShouldContain(digest);
    }

    [Fact]
    public async Task A_version_s_file_cannot_be_said_to_have_been_absent()
    {
        var digest = await NamedByAsync("skill_improved", "sha256");
        await EditListAsync("contents", lines =>
        {
            lines.RemoveAll(l => l.Contains(digest, StringComparison.Ordinal)).ShouldBe(1);
            lines.Add($$"""{"sha256":"{{digest}}","absent":true}""");
        });
        await RefusedAsync("contents.jsonl", digest);
    }

    [Fact]
    public async Task A_list_of_checkpoints_that_does_not_lead_to_the_archives_own_is_refused()
    {
        await EditAsync(manifest => manifest["checkpoints"] = new JsonObject { ["file"] = "checkpoints.jsonl", ["count"] = 0, ["bytes"] = 0, ["sha256"] = "" });
        await RefusedAsync("checkpoints.jsonl", "taken away");
    }

    [Fact]
    public async Task Without_its_manifest_it_is_none_and_a_checkpoint_over_more_is_missed()
    {
        File.Delete(PathOf("archive.json"));
        await RefusedAsync("no archive.json");
        _files.Write("later.checkpoint", "not a note");
        KeptArchive.CopyTo(Root);
        (await CommandLineRun.OfAsync("ledger", "import", Root, "--dry-run", "--kept", _files["later.checkpoint"])).ExitCode.ShouldBe(ExitCodes.Altered);
    }

    private Task<CommandLineRun> VerifyAsync() => CommandLineRun.OfAsync("ledger", "import", Root, "--dry-run", "--key", KeptArchive.Key);

    private async Task RefusedAsync(params string[] told)
    {
        var run = await VerifyAsync();
        run.ExitCode.ShouldBe(ExitCodes.Altered, run.Out + run.Error);
        foreach (var word in told) run.Error.ShouldContain(word);
    }

    private string PathOf(string name) => Path.Combine(Root, name);

    private byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    private void Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllBytes(PathOf(name), bytes);
    }

    private void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    private string FirstContent() => Path.GetRelativePath(Root, Directory.EnumerateFiles(PathOf("contents"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First());

    private async Task<JsonObject> ManifestAsync() => JsonNode.Parse(await File.ReadAllTextAsync(PathOf("archive.json"), Stop))!.AsObject();

    private async Task EditAsync(Action<JsonObject> edit)
    {
        var manifest = await ManifestAsync();
        edit(manifest);
        Write("archive.json", manifest.ToJsonString());
    }

    // As somebody would who wants it to look whole: the manifest says of the file what it is now.
    private Task DescribeAsync(string name) => EditAsync(manifest =>
    {
        var portion = manifest["leaves"]!.AsArray().Single(p => p!["file"]!.GetValue<string>() == name)!;
        (portion["bytes"], portion["sha256"]) = (Bytes(name).Length, Digest.Of(Bytes(name)));
    });

    private async Task EditLeavesAsync(Action<List<string>> edit)
    {
        List<string> lines;
        using (var reader = new StreamReader(new GZipStream(new MemoryStream(Bytes("leaves/000000.gz")), CompressionMode.Decompress)))
            lines = [.. (await reader.ReadToEndAsync(Stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        edit(lines);
        using (var gzip = new GZipStream(File.Create(PathOf("leaves/000000.gz")), CompressionLevel.Fastest))
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n"))), Stop);
        await DescribeAsync("leaves/000000.gz");
    }

    private async Task EditListAsync(string list, Action<List<string>> edit, string? firstFile = null, bool isSorted = true)
    {
        var name = $"{list}.jsonl";
        List<string> lines = [.. await File.ReadAllLinesAsync(PathOf(name), Stop)];
        edit(lines);
        Write(name, string.Concat((isSorted ? lines.Order(StringComparer.Ordinal) : lines.AsEnumerable()).Select(l => l + "\n")));
        await EditAsync(manifest =>
        {
            if (firstFile is not null) manifest["leaves"]![0]!["file"] = firstFile;
            (manifest[list]!["count"], manifest[list]!["bytes"], manifest[list]!["sha256"]) = (lines.Count, Bytes(name).Length, Digest.Of(Bytes(name)));
        });
    }

    // The digest that the first event of a type has under a name, however deep.
    private async Task<string> NamedByAsync(string type, string member)
    {
        using var reader = new StreamReader(new GZipStream(new MemoryStream(Bytes("leaves/000000.gz")), CompressionMode.Decompress));
        var line = (await reader.ReadToEndAsync(Stop)).Split('\n').First(l => l.Contains($"\"type\":\"{type}\"", StringComparison.Ordinal));
        var at = line.IndexOf($"\"{member}\":\"sha256:", StringComparison.Ordinal) + member.Length + 4;
        return line[at..(at + Digest.Prefix.Length + 64)];
    }

    // The archive's checkpoint, in the manifest and in the list, signed by another.
    private async Task SignLastAsync(NoteKey by, ECDsa key)
    {
        var text = SignedNote.TryParse((await ManifestAsync())["checkpoint"]!.GetValue<string>())!.Text;
        var note = SignedNote.Of(text, NoteSignature.By(by, key.SignData(SignedNote.SignedBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))).ToString();
        await EditAsync(manifest => manifest["checkpoint"] = note);
        await EditListAsync("checkpoints", lines => lines[^1] = JsonSerializer.Serialize(JsonSerializer.Deserialize<ArchivedCheckpoint>(lines[^1], LedgerJson.Options)! with { Note = note }, LedgerJson.Options), isSorted: false);
    }

    private static string Hashed(string text) => $"{MerkleHash.OfLeaf(Encoding.UTF8.GetBytes(text))} {text}";
}
