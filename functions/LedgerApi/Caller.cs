using Pipeline.Domain.Ledger;

namespace Pipeline.Functions.LedgerApi;

/// <summary>Who asks. On a loopback address nobody signs in, and whoever is at the machine is one person.</summary>
internal static class Caller
{
    public static Actor Local { get; } = new(ActorKind.Admin, "local");
}
