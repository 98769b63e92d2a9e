using System.IO.Compression;
using System.Text;
using Pipeline.Domain.Validation.Security;
using Pipeline.Functions.Cli.Files;

namespace Pipeline.Functions.Cli.Scanning;

/// <summary>What a batch says of one of its lines. A line that cannot be read is flagged: what is not read is not judged.</summary>
/// <param name="Line">From 1.</param>
internal sealed record ScanVerdict(string? Id, int Line, bool Flagged, int Score, IReadOnlyList<SecurityFinding> Findings, string RulesetDigest, string Validator, string? Problem);

/// <summary>Judges the lines of a stream, several at a time, and gives the verdicts in the order of the lines; never holds more than a few of them.</summary>
/// <param name="longestLine">In UTF-16 units; as much as a scan reads of a package where nothing is said.</param>
internal sealed class ScanBatch(SecurityRuleset ruleset, int? longestLine = null)
{
    private static readonly int AtOnce = Math.Max(2, Environment.ProcessorCount * 2);

    /// <summary>In UTF-16 units. What a scan reads of a package fits into it, and a few of them into memory.</summary>
    private int LongestLine { get; } = longestLine ?? (int)Math.Min(ruleset.Rules.Limits.TotalBytes, 1 << 29);

    /// <param name="stream">JSON lines in UTF-8, plain or gzip.</param>
    /// <exception cref="IOException">It begins like gzip and is broken.</exception>
    public async Task RunAsync(Stream stream, Action<ScanVerdict> say, CancellationToken ct)
    {
        using var reader = new StreamReader(await UnpackedAsync(stream, ct), Encoding.UTF8);
        var lines = new CappedLines(reader, LongestLine);
        var running = new Queue<Task<ScanVerdict>>();
        for (var number = 1; await NextAsync(lines, ct) is var (line, isCut); number++)
        {
            if (!isCut && string.IsNullOrWhiteSpace(line)) continue;
            var at = number;
            if (running.Count >= AtOnce) say(await running.Dequeue());
            running.Enqueue(isCut ? Task.FromResult(Unread(null, at, $"the line is too long: more than {LongestLine} characters")) : Task.Run(() => Judge(line, at, ct), ct));
        }
        while (running.TryDequeue(out var task)) say(await task);
    }

    private ScanVerdict Judge(string text, int number, CancellationToken ct)
    {
        var line = ScanLine.Read(text.TrimStart('\uFEFF'));
        if (line.Problem is not null) return Unread(line.Id, number, line.Problem);
        var report = SecurityScan.Judge(ruleset, line.Files, ct);
        return new(line.Id, number, report.Flagged, report.Score, report.Findings, report.RulesetDigest, report.Validator, null);
    }

    private ScanVerdict Unread(string? id, int number, string problem) => new(id, number, true, 0, [], ruleset.Digest, SecurityScan.Validator, problem);

    private static async Task<(string Text, bool IsCut)?> NextAsync(CappedLines lines, CancellationToken ct)
    {
        try
        {
            return await lines.NextAsync(ct);
        }
        catch (InvalidDataException e)
        {
            throw new IOException("the batch begins like gzip, but is broken or cut off", e);
        }
    }

    private static async Task<Stream> UnpackedAsync(Stream stream, CancellationToken ct)
    {
        var buffered = new BufferedStream(new PushedBack(stream, await HeadAsync(stream, ct)));
        return ((PushedBack)buffered.UnderlyingStream).IsGzip ? new GZipStream(buffered, CompressionMode.Decompress) : buffered;
    }

    private static async Task<byte[]> HeadAsync(Stream stream, CancellationToken ct)
    {
        var head = new byte[2];
        var length = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, ct);
        return head[..length];
    }

    // STDIN cannot be wound back.
    private sealed class PushedBack(Stream rest, byte[] head) : Stream
    {
        private int given;

        public bool IsGzip => FileBytes.IsGzip(head);
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (given == head.Length) return rest.Read(buffer, offset, count);
            var length = Math.Min(count, head.Length - given);
            head.AsSpan(given, length).CopyTo(buffer.AsSpan(offset));
            given += length;
            return length;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) rest.Dispose();
            base.Dispose(disposing);
        }
    }
}
