using Pipeline.Domain.Curation.Composing;

namespace Pipeline.Domain.Tests.Curation.Plans;

/// <summary>Readers who have a fine and want their loan renewed; others want a hold moved and their address changed.</summary>
internal static class SomePlans
{
    public static ARun Start(int n) => ARun.Of(n).User($"Please help me with my loan L-{7000 + n}; my card is K-{500 + n}")
        .Call("find_reader", new { card = $"K-{500 + n}" }, new { reader_id = $"R-{1000 + n}" })
        .Call("get_loan", new { loan_id = $"L-{7000 + n}", reader_id = $"R-{1000 + n}" }, new { loan_id = $"L-{7000 + n}", status = "overdue", fine_id = $"F-{2000 + n}" })
        .Agent("I will do both. Shall I?").User("Yes");

    public static ARun Pay(this ARun run, int n) => run.Call("pay_fine", new { fine_id = $"F-{2000 + n}", loan_id = $"L-{7000 + n}" }, new { receipt = $"P-{3000 + n}" });

    public static ARun Renew(this ARun run, int n) => run.Call("renew_loan", new { loan_id = $"L-{7000 + n}" }, new { status = "renewed" });

    public static MinedEpisode PaidThenRenewed(int n) => Start(n).Pay(n).Renew(n).MinedPlan();

    public static MinedEpisode RenewedThenPaid(int n) => Start(n).Renew(n).Pay(n).MinedPlan();

    public static IReadOnlyList<MinedEpisode> Many(int count, Func<int, MinedEpisode> run, int from = 1) => [.. Enumerable.Range(from, count).Select(run)];
}
