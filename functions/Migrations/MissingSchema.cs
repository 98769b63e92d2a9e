using System.Globalization;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Migrations;

/// <summary>In words: the schema is older than the program, and the program may not change that by itself.</summary>
internal static class MissingSchema
{
    public const string Code = "schema";

    public static string Words(SchemaPlan plan) => string.Create(CultureInfo.InvariantCulture,
        $"the database's schema is older than this program ({plan.Pending.Count} {(plan.Pending.Count == 1 ? "step is" : "steps are")} missing, {plan.Pending[0]} first), and {SchemaUpkeepSetting.Variable}=never leaves it as it is: run `pipeline migrate apply`");
}
