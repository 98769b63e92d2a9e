using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Domain.Trajectories.Redaction;

namespace Pipeline.Domain.Tests.Trajectories;

public sealed class RedactionTests
{
    // Put together here, so that no scanner of this repository takes a made-up value for a leak.
    private static readonly string Jwt = "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiJhIn0.c2lnbmF0dXJl";
    private static readonly string PrivateKey = "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIB\nAAAA\n-----END RSA PRIVATE " + "KEY-----";

    public static TheoryData<string, string> Private => new()
    {
        { "write to Ada.Lovelace+x@mail.example.co.uk, please", "write to [email-1], please" },
        { "ada@example.com, ADA@EXAMPLE.COM and bob@example.com", "[email-1], [email-1] and [email-2]" },
        { "card 4111 1111 1111 1111 exp 12/27", "card [card-1] exp 12/27" },
        { "card 4111-1111-1111-1111.", "card [card-1]." },
        { "4111111111111111 or 378282246310005", "[card-1] or [card-2]" },
        { "ref 12 5500 0000 0000 0004 then 4111 1111 1111 1111", "ref 12 [card-1] then [card-2]" },
        { "call +49 171 1234567 or (415) 555-2671", "call [phone-1] or [phone-2]" },
        { "415-555-2671 is 415.555.2671, 1-800-555-0199 is not", "[phone-1] is [phone-1], [phone-2] is not" },
        { "+14155552671; 020 7946 0958", "[phone-1]; [phone-2]" },
        { "IBAN DE89 3704 0044 0532 0130 00 THEN go", "IBAN [iban-1] THEN go" },
        { "my ssn is 123-45-6789", "my ssn is [ssn-1]" },
        { "key sk-" + "proj-abcdefghij0123456789", "key [key-1]" },
        { "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789", "[token-1]" },
        { "github_pat_" + "11ABCDEFG0abcdefghijkl_mnop", "[token-1]" },
        { "xoxb-" + "123456789012-abcdefghijkl", "[token-1]" },
        { "AKIA" + "IOSFODNN7EXAMPLE", "[key-1]" },
        { $"cookie={Jwt};", "cookie=[token-1];" },
        { $"Authorization: Bearer {Jwt}", "Authorization: Bearer [token-1]" },
        { "Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [token-1]" },
        { "use bearer abc123def456 here", "use bearer [token-1] here" },
        { "a\n" + PrivateKey + "\nb", "a\n[key-1]\nb" },
        { PrivateKey[..40], "[key-1]" },
        { "password=hunter2&x=1", "password=[secret-1]&x=1" },
        { "API_KEY: 'abc def'", "API_KEY: '[secret-1]'" },
        { """{"client_secret": "s3cr3t value", "n": 1}""", """{"client_secret": "[secret-1]", "n": 1}""" },
        { "AccountName=x;AccountKey=" + "abcdefghijklmnop0123456789==;E", "AccountName=x;AccountKey=[key-1];E" },
        { "https://x.blob.example/c?sv=1&sig=" + "abcdefghijklmnop%2B0123456789%3D", "https://x.blob.example/c?sv=1&sig=[key-1]" },
        { "postgres://app:pa55@db.example.com/x", "postgres://app:[secret-1]@db.example.com/x" },
    };

    public static TheoryData<string> NotPrivate => new(
        "item 9690244451 and 4602305039",
        "order #W4680753",
        "2024-05-15 15:00:00, 2024-05-20T10:00:00.123456Z, 05-15-2024 1030",
        "a176b2e8-1fd4-44c2-b19e-9ddda6156227",
        "12345678-1234-1234-1234-123456789012",
        "sha256:4111111111111111411111111111111141111111111111114111111111111111",
        "paypal_2417743 credit_card_4421486 gift_card_1234567",
        "raj_santos_9079, zip 98157, 98157-1234",
        "HAT136 at 06:00:00 from JFK, $1,234.56",
        "4111111111111112 fails the check",
        "11.579999999999927",
        "1767225600000 is a time, 139.6917123 a longitude",
        "192.168.1.100 and version 1.2.3",
        "bearer authentication; password: required; secret: str",
        "lodash@4.17.21 sk-fading-circle-container",
        "git log --format=%H@{upstream}");

    [Theory]
    [MemberData(nameof(Private))]
    public void A_private_value_gives_way_to_a_placeholder(string text, string expected) => Redact(text).ShouldBe(expected);

    [Theory]
    [MemberData(nameof(NotPrivate))]
    public void What_only_looks_alike_stays(string text) => Redact(text).ShouldBe(text);

    [Fact]
    public void One_value_has_one_placeholder_wherever_it_is_so_that_data_flow_survives()
    {
        var data = Json("""{"steps":[{"message":"I am Ada@example.com"},{"arguments":{"email":"ada@example.com","to":["bob@example.com"]}}],"ada@example.com":1}""");

        var redacted = Redactor.Default.Redact(data);

        redacted.Data.GetRawText().ShouldBe("""{"steps":[{"message":"I am [email-1]"},{"arguments":{"email":"[email-1]","to":["[email-2]"]}}],"[email-1]":1}""");
        redacted.Counts.ShouldBe(new Dictionary<string, int> { ["email"] = 4 });
    }

    [Fact]
    public void A_member_that_is_named_a_secret_is_one_whatever_it_looks_like()
    {
        var redacted = Redactor.Default.Redact(Json("""{"Password":"abc","apiKey":"abc","cvv":123,"properties":{"password":{"type":"string"}},"secret":"","n":4111111111111111}"""));

        redacted.Data.GetRawText().ShouldBe("""{"Password":"[secret-1]","apiKey":"[secret-1]","cvv":"[secret-2]","properties":{"password":{"type":"string"}},"secret":"","n":"[card-1]"}""");
    }

    [Fact]
    public void Names_that_become_the_same_stay_two_members()
    {
        Redactor.Default.Redact(Json("""{"a@example.com":1,"A@example.com":2,"a@EXAMPLE.com":3}""")).Data.GetRawText()
            .ShouldBe("""{"[email-1]":1,"[email-1] (2)":2,"[email-1] (3)":3}""");
    }

    [Fact]
    public void Placeholders_that_an_emitter_has_made_are_left_to_it()
    {
        Redact("[email-1] wrote to ada@example.com about [email-7]").ShouldBe("[email-1] wrote to [email-8] about [email-7]");
    }

    [Fact]
    public void Data_without_anything_private_is_given_back_as_it_was()
    {
        var data = Json("""{"a":[1.50,true,null,"é \u00e9"],"b":{}}""");

        var redacted = Redactor.Default.Redact(data);

        redacted.Data.GetRawText().ShouldBe(data.GetRawText());
        redacted.Counts.ShouldBeEmpty();
    }

    [Fact]
    public void Redacting_twice_changes_nothing_more()
    {
        var pieces = Private.Select(row => row.Data.Item1).Concat(NotPrivate.Select(row => row.Data)).ToArray();
        var separators = new[] { "", " ", "\n", "-", ".", ",", "@", ":", "=", "\"", "/" };
        var text = from parts in Gen.Elements(pieces).ArrayOf(4)
                   from cuts in Gen.Choose(0, 12).ArrayOf(4)
                   from between in Gen.Elements(separators).ArrayOf(4)
                   select string.Concat(parts.Zip(cuts, between).Select(p => (p.Second < p.First.Length ? p.First[p.Second..] : p.First) + p.Third));

        Prop.ForAll(text.ToArbitrary(), t => Redact(Redact(t)) == Redact(t)).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("user@example.com ", "[email-1] ")]
    [InlineData("4111 1111 1111 1111 ", "[card-1] ")]
    [InlineData("1 ", "1 ")]
    [InlineData("12345 ", "12345 ")]
    [InlineData("+49 171 1234567, ", "[phone-1], ")]
    [InlineData("a@", "a@")]
    [InlineData("AB12 ", "AB12 ")]
    [InlineData("sk-a-", "sk-a-")]
    [InlineData("2024-05-15 ", "2024-05-15 ")]
    public void A_long_text_of_matches_and_look_alikes_takes_linear_time(string piece, string expected)
    {
        // A quadratic pattern would take many minutes here.
        var text = new StringBuilder().Insert(0, piece, 100_000).ToString();

        Redact(text).ShouldBe(new StringBuilder().Insert(0, expected, 100_000).ToString());
    }

    [Fact]
    public void Real_runs_keep_what_the_tools_were_called_with()
    {
        foreach (var path in SharedData.Files("tau2/runs", "*.json.gz"))
        {
            var before = StrictJson.Parse(SharedData.Read(path)).Accepted().GetProperty("simulations");
            var after = Redactor.Default.Redact(before);

            after.Counts.Keys.ShouldBeSubsetOf(["email"], path);
            Ids(after.Data).ShouldBe(Ids(before));
            Redactor.Default.Redact(after.Data).Counts.ShouldBeEmpty();
        }
    }

    private static List<string> Ids(JsonElement simulations) =>
        [.. simulations.EnumerateArray().SelectMany(s => s.GetProperty("messages").EnumerateArray())
            .SelectMany(m => m.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array ? calls.EnumerateArray() : default)
            .SelectMany(c => c.GetProperty("arguments").EnumerateObject().Where(a => a.Name.EndsWith("_id", StringComparison.Ordinal) || a.Name.EndsWith("_ids", StringComparison.Ordinal)))
            .Select(a => a.Value.GetRawText())];

    private static string Redact(string text) => Redactor.Default.Redact(JsonSerializer.SerializeToElement(text)).Data.GetString()!;

    private static JsonElement Json(string json) => JsonElement.Parse(json);
}
