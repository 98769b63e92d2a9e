using System.Text;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Tests.Trajectories;

public sealed class StrictJsonTests
{
    public static TheoryData<string, string> Bad => new()
    {
        { "", "json-empty" },
        { " \n", "json-empty" },
        { "{\"a\":1", "json-truncated" },
        { "{\"a\":\"tex", "json-truncated" },
        { "[1,", "json-truncated" },
        { "{\"a\":1,}", "json-malformed" },
        { "{a:1}", "json-malformed" },
        { "nope", "json-malformed" },
        { "// comment\n{}", "json-malformed" },
        { "{\"a\":\"line\nbreak\"}", "json-malformed" },
        { "{\"a\":NaN}", "json-malformed" },
        { "{} {}", "json-trailing" },
        { "{\"a\":1}\nx", "json-trailing" },
        { "{\"a\":1,\"b\":{\"a\":1,\"a\":2}}", "json-duplicate-name" },
        { "{\"a\":1,\"\\u0061\":2}", "json-duplicate-name" },
        { "{\"a\":\"x\\u0000y\"}", "json-nul" },
        { "{\"x\\u0000y\":1}", "json-nul" },
        { "{\"a\":\"\\ud800\"}", "json-surrogate" },
        { "{\"a\":\"\\udc00\\ud800\"}", "json-surrogate" },
        { "{\"a\":\"\\ud800 \\udc00\"}", "json-surrogate" },
        { "{\"a\":\"\\ud800\\n\"}", "json-surrogate" },
        { "{\"\\ud800\":1}", "json-surrogate" },
        { "{\"a\":1e999}", "json-number" },
        { new string('[', 10_000) + new string(']', 10_000), "json-depth" },
        { Nested(10_000), "json-depth" },
        { Nested(StrictJson.MaxDepth + 1), "json-depth" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_readers_would_not_all_read_alike_is_refused_with_its_own_code(string json, string code) =>
        StrictJson.Parse(Encoding.UTF8.GetBytes(json)).Refused().Code.ShouldBe(code);

    [Theory]
    [InlineData("""{"a":"\ud83d\ude00 \\u0000 \\ud800 \"x\" 😀"}""")]
    [InlineData("""{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}""")]
    [InlineData(" [1.5e300, -0, true, null] \n")]
    [InlineData("\"alone\"")]
    [InlineData("12")]
    public void Good_json_is_read(string json) => StrictJson.Parse(Encoding.UTF8.GetBytes(json)).Accepted();

    [Fact]
    public void The_deepest_document_that_is_allowed_is_read() =>
        StrictJson.Parse(Encoding.UTF8.GetBytes(Nested(StrictJson.MaxDepth))).Accepted();

    [Fact]
    public void A_byte_order_mark_is_stepped_over() =>
        StrictJson.Parse([0xEF, 0xBB, 0xBF, .. "{\"a\":1}"u8]).Accepted().GetProperty("a").GetInt32().ShouldBe(1);

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused() =>
        StrictJson.Parse([.. "{\"a\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8]).Refused().Code.ShouldBe("json-encoding");

    [Fact]
    public void A_refusal_says_where_it_is_and_never_what_it_says()
    {
        var duplicate = StrictJson.Parse("{\n  \"ada@example.com\": 1,\n  \"ada@example.com\": 2\n}"u8).Refused();
        duplicate.Message.ShouldContain("line 3, byte 3");
        duplicate.Message.ShouldNotContain("ada");

        var malformed = StrictJson.Parse("{\n  \"name\": secret\n}"u8).Refused();
        malformed.Message.ShouldContain("line 2, byte 11");
        malformed.Message.ShouldNotContain("secret");
    }

    private static string Nested(int depth) =>
        new StringBuilder().Insert(0, "{\"a\":", depth - 1).Append("{}").Append('}', depth - 1).ToString();
}
