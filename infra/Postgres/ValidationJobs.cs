using Npgsql;
using NpgsqlTypes;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Domain.Validation.Platform;

namespace Pipeline.Infra.Postgres;

/// <summary>The state of validation jobs: who has which, for how long, and what is to be tried again when. Safe for any number of workers.</summary>
/// <remarks>Times are the caller's clock, which must not be off by more than a lease is longer than a validator's timeout.</remarks>
public sealed class ValidationJobs(NpgsqlDataSource db)
{
    private const string Position = "validation_requests";

    /// <summary>Puts jobs on the list; one that is there already stays as it is, unless it was given up without a verdict.</summary>
    /// <param name="isSent">Whether the caller sends a message for them; else one is due.</param>
    /// <returns>Those that are new and to be done.</returns>
    public async Task<IReadOnlyList<string>> PutAsync(
        string tenant, IReadOnlyList<ListedJob> jobs, DateTimeOffset now, DateTimeOffset deadline, bool isSent = true, CancellationToken ct = default)
    {
        if (jobs.Count == 0) return [];
        await using var command = db.CreateCommand(SqlText.Of("validation_jobs_put"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTime(now);
        command.Parameters.AddTime(deadline);
        command.Parameters.AddTexts([.. jobs.Select(j => j.Job.Id)]);
        command.Parameters.AddTexts([.. jobs.Select(j => j.Job.SkillId)]);
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. jobs.Select(j => j.Job.Version)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });
        command.Parameters.AddTexts([.. jobs.Select(j => j.Job.PackageDigest)]);
        command.Parameters.AddTexts([.. jobs.Select(j => j.Job.Validator.Name)]);
        command.Parameters.AddTexts([.. jobs.Select(j => j.Job.Validator.Version)]);
        command.Parameters.AddTexts([.. jobs.Select(j => j.Job.Validator.RulesetDigest)]);
        command.Parameters.AddTexts([.. jobs.Select(j => Word(j.Verdict)!)]);
        command.Parameters.AddTexts([.. jobs.Select(j => j.Problem)]);
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = isSent });
        command.Parameters.AddTexts([.. jobs.Select(j => j.Job.Evidence)]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<string> added = [];
        while (await reader.ReadAsync(ct))
            if (reader.GetString(1) == "queued") added.Add(reader.GetString(0));
        return added;
    }

    /// <summary>Takes those of the jobs that are to be done now and that nobody else has.</summary>
    public async Task<IReadOnlyList<LeasedJob>> LeaseAsync(string tenant, IReadOnlyList<string> jobs, DateTimeOffset now, DateTimeOffset until, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("validation_jobs_lease"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([.. jobs]);
        command.Parameters.AddTime(now);
        command.Parameters.AddTime(until);
        return [.. (await LeasedAsync(command, ct)).OrderBy(j => j.Job.Validator.Name, StringComparer.Ordinal).ThenBy(j => j.Job.Id, StringComparer.Ordinal)];
    }

    /// <summary>Takes a job that is answered, whoever has it, and also one that the answer comes too late for; null when it has a verdict, or there is none.</summary>
    public async Task<LeasedJob?> AnswerAsync(string tenant, string job, DateTimeOffset now, DateTimeOffset until, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("validation_jobs_answer"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddText(job);
        command.Parameters.AddTime(now);
        command.Parameters.AddTime(until);
        return (await LeasedAsync(command, ct)).FirstOrDefault();
    }

    /// <summary>Null when there is no such job.</summary>
    public async Task<ValidationJob?> FindAsync(string tenant, string job, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("validation_job_find"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddText(job);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Job(reader, evidence: 7) : null;
    }

    /// <summary>Closes jobs; one whose lease went to somebody else meanwhile is left to it.</summary>
    public async Task CloseAsync(string tenant, IReadOnlyList<ClosedJob> jobs, DateTimeOffset now, CancellationToken ct = default)
    {
        if (jobs.Count == 0) return;
        await using var command = db.CreateCommand(SqlText.Of("validation_jobs_close"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([.. jobs.Select(j => j.Id)]);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. jobs.Select(j => j.Lease)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        command.Parameters.AddTexts([.. jobs.Select(j => Word(j.Verdict)!)]);
        command.Parameters.AddTexts([.. jobs.Select(j => j.Problem)]);
        command.Parameters.AddTime(now);
        command.Parameters.AddTexts([.. jobs.Select(j => j.IsSuperseded ? "superseded" : j.Verdict is null ? "failed" : "done")]);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Gives a job back, to be taken again later.</summary>
    /// <param name="awaitsAnswer">Somebody outside was asked, and is waited for until then.</param>
    /// <param name="isFailure">Whether the validator itself broke down or hung.</param>
    public async Task DeferAsync(
        string tenant, LeasedJob job, bool awaitsAnswer, DateTimeOffset notBefore, string problem, DateTimeOffset now, bool isFailure = false, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("validation_jobs_defer"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddText(job.Job.Id);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = job.Lease });
        command.Parameters.AddText(awaitsAnswer ? "waiting" : "queued");
        command.Parameters.AddTime(notBefore);
        command.Parameters.AddText(problem);
        command.Parameters.AddTime(now);
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = isFailure });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Jobs that need a message: a pause is over, a lease ran out, or the last message led to nothing. They count as sent then.</summary>
    public async Task<IReadOnlyList<(string Tenant, string SkillId, string JobId)>> DueAsync(DateTimeOffset now, TimeSpan resend, int atMost, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("validation_jobs_due"));
        command.Parameters.AddTime(now);
        command.Parameters.AddTime(now - resend);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = atMost });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<(string, string, string)> due = [];
        while (await reader.ReadAsync(ct)) due.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return due;
    }

    /// <summary>Versions that stand, or that an alias points to, and that one of the validators was not asked about, or was kept from judging a while ago;
    /// the oldest skills first.</summary>
    /// <param name="asking">Names of those that give what they judge to somebody outside: only what others passed on (<see cref="TrialAdmission"/>).</param>
    /// <param name="pause">After a validator was kept from judging once; it doubles with each further time.</param>
    public async Task<IReadOnlyList<(string Tenant, string SkillId, int Version)>> MissingAsync(
        IReadOnlyList<Validator> validators, IReadOnlyCollection<string> asking, DateTimeOffset now, TimeSpan pause, int atMost, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("validation_jobs_missing"));
        command.Parameters.AddTexts([.. validators.Select(v => v.Name)]);
        command.Parameters.AddTexts([.. validators.Select(v => v.Version)]);
        command.Parameters.AddTexts([.. validators.Select(v => v.RulesetDigest)]);
        command.Parameters.Add(new NpgsqlParameter<bool[]> { TypedValue = [.. validators.Select(v => asking.Contains(v.Name))], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Boolean });
        command.Parameters.AddTexts([.. TrialAdmission.Vetting]);
        command.Parameters.AddTime(now);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = pause });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = atMost });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<(string, string, int)> missing = [];
        while (await reader.ReadAsync(ct)) missing.Add((reader.GetString(0), reader.GetString(1), reader.GetInt32(2)));
        return missing;
    }

    public async Task<JobCounts> CountAsync(string tenant, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("validation_jobs_counts"));
        command.Parameters.AddText(tenant);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4),
            await reader.IsDBNullAsync(5, ct) ? null : reader.GetFieldValue<DateTimeOffset>(5));
    }

    /// <summary>The jobs of a skill, the newest versions first.</summary>
    public async Task<IReadOnlyList<JobState>> OfSkillAsync(string tenant, string skillId, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("validation_jobs_of_skill"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddText(skillId);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<JobState> jobs = [];
        while (await reader.ReadAsync(ct))
        {
            jobs.Add(new(
                new(reader.GetString(0), skillId, reader.GetInt32(1), reader.GetString(2), new(reader.GetString(3), reader.GetString(4), reader.GetString(5))) { Evidence = reader.GetString(14) },
                reader.GetString(6), reader.GetInt32(7), reader.GetFieldValue<DateTimeOffset>(8), reader.GetFieldValue<DateTimeOffset>(9),
                await reader.IsDBNullAsync(10, ct) ? null : Enum.Parse<Verdict>(reader.GetString(10), ignoreCase: true), reader.GetString(11),
                reader.GetFieldValue<DateTimeOffset>(12), reader.GetFieldValue<DateTimeOffset>(13)));
        }
        return jobs;
    }

    /// <summary>The next leaf that is to be looked at for versions that need jobs.</summary>
    public async Task<long> PositionAsync(CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("projection_position"));
        command.Parameters.AddText(Position);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Never goes back: another instance may have gone further.</summary>
    public async Task AdvanceAsync(long leaf, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("sealed_position_advance"));
        command.Parameters.AddText(Position);
        command.Parameters.AddNumber(leaf);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<List<LeasedJob>> LeasedAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<LeasedJob> leased = [];
        while (await reader.ReadAsync(ct))
        {
            leased.Add(new(Job(reader, evidence: 13), reader.GetInt32(7), reader.GetGuid(8), reader.GetFieldValue<DateTimeOffset>(9), reader.GetString(10))
            {
                IsAsked = !await reader.IsDBNullAsync(11, ct),
                Failures = reader.GetInt32(12),
            });
        }
        return leased;
    }

    private static ValidationJob Job(NpgsqlDataReader row, int evidence) =>
        new(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetString(3), new(row.GetString(4), row.GetString(5), row.GetString(6))) { Evidence = row.GetString(evidence) };

    private static string? Word(Verdict? verdict) => verdict?.ToString().ToLowerInvariant();
}

/// <param name="Verdict">Where the skill's stream has it already.</param>
/// <param name="Problem">Why it can never be done; empty where it can.</param>
public sealed record ListedJob(ValidationJob Job, Verdict? Verdict = null, string Problem = "");

/// <summary>A job that the holder of the lease has to itself until it ends.</summary>
/// <param name="Attempts">From 1; this one included.</param>
/// <param name="Problem">Why it did not get done before; empty at first.</param>
public sealed record LeasedJob(ValidationJob Job, int Attempts, Guid Lease, DateTimeOffset Deadline, string Problem)
{
    /// <summary>Attempts that the validator did not survive: it broke down, hung, or its worker was lost. This one counts as such until it comes back.</summary>
    public int Failures { get; init; } = 1;

    /// <summary>Whether somebody outside was asked, and is waited for until the deadline.</summary>
    public bool IsAsked { get; init; }
}

/// <param name="Verdict">Null: it was given up without one.</param>
public sealed record ClosedJob(string Id, Guid Lease, Verdict? Verdict, string Problem = "")
{
    /// <summary>Given up in favour of a job by other rules, and taken up again should those come back.</summary>
    public bool IsSuperseded { get; init; }
}

/// <param name="State"><c>queued</c>, <c>running</c>, <c>waiting</c> (for an answer from outside), <c>done</c>, <c>failed</c> or <c>superseded</c>.</param>
public sealed record JobState(
    ValidationJob Job, string State, int Attempts, DateTimeOffset NotBefore, DateTimeOffset Deadline, Verdict? Verdict, string Problem,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <param name="OldestAt">When the oldest of those queued or running was asked for; null when there is none.</param>
public sealed record JobCounts(long Queued, long Running, long Waiting, long Done, long Failed, DateTimeOffset? OldestAt);
