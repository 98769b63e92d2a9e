using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Domain.Tests.Ledger.Log;

public sealed class LeafRecordTests
{
    private static readonly LeafRecord Leaf = new()
    {
        Tenant = "*DEFAULT*",
        Stream = "skill-a",
        Version = 3,
        Id = Guid.Parse("0196f0a2-6f1c-7c39-9d2f-9f7d3c1c2a11"),
        Type = "skill_retired",
        At = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)).AddTicks(1_234_567),
        Correlation = "skill-a",
        Causation = "",
        Headers = """{"decidedBy": "pipeline/0.1.0", "actor": "admin:local"}""",
        Data = """{"reason": "no \"use\"\n", "at": [1, 2.50, 1e2, null, true], "Ä": "ä", "a": {}}""",
    };

    // The stored format: this text must never change.
    [Fact]
    public void A_leaf_has_one_text()
    {
        Text(Leaf).ShouldBe(
            """{"at":"2026-01-02T01:04:05.123456Z","causation":"","correlation":"skill-a","data":{"a":{},"at":[1,2.5,100,null,true],"reason":"no \"use\"\n","Ä":"ä"},"""
            + """
              "headers":{"actor":"admin:local","decidedBy":"pipeline/0.1.0"},"id":"0196f0a2-6f1c-7c39-9d2f-9f7d3c1c2a11","stream":"skill-a","tenant":"*DEFAULT*","type":"skill_retired","v":1,"version":3}
              """);
        Leaf.Hash().ToString().ShouldBe("b6a34e04a902918e23df272494e66b024820c284b3c44d56887adb28a9988f84");
    }

    [Fact]
    public void What_another_program_left_empty_is_null() =>
        Text(Leaf with { Tenant = null, Stream = null, Correlation = null, Causation = null, Headers = null, Data = "[]" }).ShouldBe(
            """{"at":"2026-01-02T01:04:05.123456Z","causation":null,"correlation":null,"data":[],"headers":null,"id":"0196f0a2-6f1c-7c39-9d2f-9f7d3c1c2a11","stream":null,"tenant":null,"type":"skill_retired","v":1,"version":3}""");

    [Fact]
    public void Another_order_of_members_is_the_same_leaf() =>
        (Leaf with { Data = """{"b":1,"a":{"d":2,"c":3}}""" }).Hash().ShouldBe((Leaf with { Data = """ { "a" : {"c":3.0,"d":2e0}, "b":1 } """ }).Hash());

    [Theory]
    [InlineData("9007199254740992", "9007199254740993")]
    [InlineData("0.1", "0.10000000000000000555")]
    [InlineData("1e400", "1e401")]
    [InlineData("1e-400", "0")]
    [InlineData("-123456789012345678901234567890", "-123456789012345678901234567891")]
    public void Numbers_that_a_double_cannot_tell_apart_are_different_leaves(string one, string other)
    {
        (Leaf with { Data = one }).Hash().ShouldNotBe((Leaf with { Data = other }).Hash());
        foreach (var data in (string[])[one, other])
            LeafRecord.TryRead((Leaf with { Data = data }).Canonical()).ShouldNotBeNull().Hash().ShouldBe((Leaf with { Data = data }).Hash());
    }

    [Fact]
    public void JSON_too_deep_to_be_read_has_a_leaf_as_well()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 4_000)) + string.Concat(Enumerable.Repeat("]", 4_000));

        Text(Leaf with { Data = deep }).ShouldContain($"\"dataText\":\"{deep}\"");
        LeafRecord.TryRead((Leaf with { Data = deep }).Canonical()).ShouldNotBeNull().Data.ShouldBe(deep);
    }

    [Fact]
    public void Whatever_survives_as_a_double_is_written_as_RFC_8785_wants() => Prop.ForAll(ArbMap.Default.ArbFor<(double, long, string, bool)>(), values =>
    {
        var (real, whole, text, _) = values;
        if (!double.IsFinite(real) || text is null || text.Any(char.IsSurrogate)) return;
        var data = JsonSerializer.Serialize(new Dictionary<string, object> { [text] = real, ["whole"] = (int)whole, ["text"] = text }, LedgerJson.Options);
        using var leaf = JsonDocument.Parse((Leaf with { Data = data }).Canonical());
        leaf.RootElement.GetProperty("data").GetRawText().ShouldBe(CanonicalJson.Text(JsonElement.Parse(data)));
    }).Check(Properties.Config());

    [Fact]
    public void A_leaf_is_read_from_its_text()
    {
        var read = LeafRecord.TryRead(Leaf.Canonical()).ShouldNotBeNull();

        read.Canonical().ShouldBe(Leaf.Canonical());
        (read.Stream, read.Version, read.Type, read.At).ShouldBe(("skill-a", 3, "skill_retired", Leaf.At.AddTicks(-7)));
    }

    [Fact]
    public void Text_that_is_not_the_leaf_s_own_is_none()
    {
        var text = Text(Leaf);
        foreach (var other in (string[])["", "{}", "[]", "null", text + " ", text.Replace("\"v\":1", "\"v\":2", StringComparison.Ordinal), text.Replace("2.5", "2.50", StringComparison.Ordinal),
            text.Replace("\"v\":1", "\"v\":1,\"v\":1", StringComparison.Ordinal), text.Replace(",\"v\":1", "", StringComparison.Ordinal), text.Replace(":3}", ":3e9999999999}", StringComparison.Ordinal),
            text.Replace("use", "\\ud800", StringComparison.Ordinal), text.Replace("2.5", "1e99999999999", StringComparison.Ordinal)])
            LeafRecord.TryRead(Encoding.UTF8.GetBytes(other)).ShouldBeNull(other);
    }

    private static string Text(LeafRecord leaf) => Encoding.UTF8.GetString(leaf.Canonical());
}
