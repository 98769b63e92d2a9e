using Pipeline.Domain.Curation;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using Pipeline.Infra.Policies;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Reruns;

/// <summary>Policies by id: the newest version that is published in the ledger, else the one that the program comes with.</summary>
public sealed class NamedPolicies(EventStore store)
{
    private static readonly string Shipped = Path.Combine(AppContext.BaseDirectory, "policies");

    /// <returns>Null when there is none of that id.</returns>
    public async Task<ActivePolicy?> FindAsync(string tenant, string id, CancellationToken ct)
    {
        var events = await store.ReadStreamAsync(tenant, Streams.Of(Streams.Policy, PolicyShelf.Id), sealedOnly: true, ct: ct);
        var published = PolicyShelf.Fold(events.Select(e => e.Event)).Published.Where(p => p.Id == id).MaxBy(p => p.Version);
        if (published is not null && await store.ReadContentAsync(published.Digest, ct) is { } bytes) return Read(bytes);
        return await ShippedAsync(id, ct) is { } shipped ? Read(shipped) : null;
    }

    /// <summary>The file that the program comes with; null when it has none of that id. Looked for among the names that there are, so that an id is never a path.</summary>
    public static async Task<byte[]?> ShippedAsync(string id, CancellationToken ct) =>
        ShippedIds().Contains(id, StringComparer.Ordinal) ? await File.ReadAllBytesAsync(Path.Combine(Shipped, $"{id}.yaml"), ct) : null;

    /// <summary>Those that the program comes with, in ordinal order.</summary>
    public static IReadOnlyList<string> ShippedIds() =>
        [.. Directory.EnumerateFiles(Shipped, "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    /// <exception cref="PolicyFileException">It cannot be used; the message says where and why.</exception>
    public static ActivePolicy Read(ReadOnlySpan<byte> yaml)
    {
        var policy = PolicyFile.Parse(yaml);
        return new(new(policy.Id, policy.Version, Digest.Of(yaml)), policy);
    }
}
