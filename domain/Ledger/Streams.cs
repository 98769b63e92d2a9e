namespace Pipeline.Domain.Ledger;

/// <summary>The kinds of stream and how their ids are made: <c>skill-{id}</c>, <c>trajectory-{id}</c> and so on.</summary>
public static class Streams
{
    public const string Trajectory = "trajectory";
    public const string Family = "family";
    public const string Skill = "skill";
    public const string Policy = "policy";
    public const string Release = "release";
    public const string Environment = "environment";
    public const string Log = "log";

    /// <summary>Of a data subject that was erased and had no run on record: else its runs' streams tell of it.</summary>
    public const string Subject = "subject";

    public static string Of(string type, string id) => $"{type}-{id}";

    /// <summary>The id behind a stream id: <c>skill-a-b</c> is <c>a-b</c>.</summary>
    public static string IdOf(string streamId) => streamId[(streamId.IndexOf('-', StringComparison.Ordinal) + 1)..];

    public static string TypeOf(string streamId) => streamId[..streamId.IndexOf('-', StringComparison.Ordinal)];
}
