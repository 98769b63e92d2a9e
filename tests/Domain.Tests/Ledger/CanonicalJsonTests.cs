using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Tests.Ledger;

public sealed class CanonicalJsonTests
{
    // RFC 8785, appendix B: IEEE 754 bits and their text.
    [Theory]
    [InlineData(0x0000000000000000UL, "0")]
    [InlineData(0x8000000000000000UL, "0")]
    [InlineData(0x0000000000000001UL, "5e-324")]
    [InlineData(0x8000000000000001UL, "-5e-324")]
    [InlineData(0x7fefffffffffffffUL, "1.7976931348623157e+308")]
    [InlineData(0xffefffffffffffffUL, "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000UL, "9007199254740992")]
    [InlineData(0xc340000000000000UL, "-9007199254740992")]
    [InlineData(0x4430000000000000UL, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5UL, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6UL, "1e+23")]
    [InlineData(0x44b52d02c7e14af7UL, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4eUL, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4fUL, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50UL, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8cUL, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8dUL, "0.000001")]
    [InlineData(0x41b3de4355555553UL, "333333333.3333332")]
    [InlineData(0x41b3de4355555554UL, "333333333.33333325")]
    [InlineData(0x41b3de4355555555UL, "333333333.3333333")]
    [InlineData(0x41b3de4355555556UL, "333333333.3333334")]
    [InlineData(0x41b3de4355555557UL, "333333333.33333343")]
    [InlineData(0xbecbf647612f3696UL, "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959UL, "1424953923781206.2")]
    public void Numbers_are_written_as_the_specification_lists_them(ulong bits, string text) =>
        CanonicalJson.Number(BitConverter.UInt64BitsToDouble(bits)).ShouldBe(text);

    [Theory]
    [InlineData(1, "1")]
    [InlineData(10, "10")]
    [InlineData(-1.5, "-1.5")]
    [InlineData(100.25, "100.25")]
    [InlineData(0.1, "0.1")]
    [InlineData(0.05, "0.05")]
    [InlineData(1e-6, "0.000001")]
    [InlineData(1.5e-7, "1.5e-7")]
    [InlineData(1e20, "100000000000000000000")]
    [InlineData(1e15, "1000000000000000")]
    [InlineData(123456789012345680, "123456789012345680")]
    [InlineData(9.999999999999998, "9.999999999999998")]
    [InlineData(0.9999999999999999, "0.9999999999999999")]
    public void Numbers_of_every_day_have_the_layout_of_ECMAScript(double value, string text) => CanonicalJson.Number(value).ShouldBe(text);

    // .NET's own shortest form fails two of them.
    [Fact]
    public void Every_power_of_two_reads_back_from_its_text()
    {
        CanonicalJson.Number(Math.ScaleB(1, -25)).ShouldBe("2.9802322387695312e-8");
        foreach (var power in Enumerable.Range(-1074, 1074 + 1024).Select(e => Math.ScaleB(1, e)))
            double.Parse(CanonicalJson.Number(power), CultureInfo.InvariantCulture).ShouldBe(power);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void What_is_no_number_of_JSON_is_refused(double value) => Should.Throw<ArgumentException>(() => CanonicalJson.Number(value));

    [Fact]
    public void Any_double_reads_back_from_its_text_and_has_no_digit_too_many() => Prop.ForAll(Doubles, value =>
    {
        var text = CanonicalJson.Number(value);
        var back = double.Parse(text, CultureInfo.InvariantCulture);
        return back == value && DigitsOf(text) == Shortest(value);
    }).Check(Properties.Config(2000));

    // RFC 8785, 3.2.3: the order is that of UTF-16 units, in which U+1F600 (a surrogate pair) comes before U+FB33.
    [Fact]
    public void Members_are_sorted_by_UTF_16_units() => Canonical(
        """{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}""")
        .ShouldBe("{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"\ud83d\ude00\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}");

    // RFC 8785, 3.2.2.
    [Fact]
    public void Space_goes_and_literals_and_numbers_take_their_one_form() => Canonical(
        """
        {
          "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
          "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
          "literals": [null, true, false]
        }
        """).ShouldBe("""{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""");

    [Fact]
    public void Only_what_must_be_escaped_is_escaped() =>
        Canonical("\"\\u0000\\u001f\\b\\t\\n\\f\\r\\u007f\\u2028<>&+\"").ShouldBe("\"\\u0000\\u001f\\b\\t\\n\\f\\r\u007f\u2028<>&+\"");

    [Fact]
    public void Order_of_elements_and_nesting_stay() => Canonical("""[3,[],{"b":{},"a":[2,1]},""]""").ShouldBe("""[3,[],{"a":[2,1],"b":{}},""]""");

    [Theory]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\udc00":1}""")]
    [InlineData("""[1e400]""")]
    public void What_has_no_canonical_text_is_refused(string json) =>
        Should.Throw<Exception>(() => Canonical(json)).ShouldBeAssignableTo<SystemException>();

    [Fact]
    public void Canonicalising_twice_is_canonicalising_once_and_says_the_same() => Prop.ForAll(Documents, json =>
    {
        var once = Canonical(json);
        using var before = JsonDocument.Parse(json);
        using var after = JsonDocument.Parse(once);
        return Canonical(once) == once && JsonElement.DeepEquals(before.RootElement, after.RootElement);
    }).Check(Properties.Config(500));

    [Fact]
    public void The_order_in_which_members_were_written_does_not_matter() => Prop.ForAll(Documents, json =>
    {
        using var document = JsonDocument.Parse(json);
        return Canonical(Reversed(document.RootElement)) == Canonical(json);
    }).Check(Properties.Config(500));

    private static Arbitrary<double> Doubles { get; } = Gen.OneOf(
            Gen.Choose(int.MinValue, int.MaxValue).Two().Select(w => BitConverter.UInt64BitsToDouble(((ulong)(uint)w.Item1 << 32) | (uint)w.Item2)),
            Gen.Choose(int.MinValue, int.MaxValue).Zip(Gen.Choose(-30, 30), (digits, power) => digits * Math.Pow(10, power)),
            Gen.Choose(-330, 308).Zip(Gen.Choose(-2, 2), (power, steps) => Near(double.Parse($"1e{power}", CultureInfo.InvariantCulture), steps)))
        .Where(double.IsFinite).ToArbitrary();

    private static Arbitrary<string> Documents { get; } = Gen.Choose(0, 4).SelectMany(Document).ToArbitrary();

    private static Gen<string> Document(int depth)
    {
        var name = Gen.Elements("a", "B", "b", "aa", "ä", "\ud83d\ude00", "\ufb33", "\n", "\"", "").ListOf(2).Select(parts => string.Concat(parts));
        var leaf = Gen.OneOf(
            Gen.Elements("null", "true", "false", "0", "-0", "1.50", "1e3", "12E-4", "123456789012"),
            Doubles.Generator.Select(d => d.ToString("R", CultureInfo.InvariantCulture)),
            name.Select(n => JsonSerializer.Serialize(n)));
        if (depth == 0) return leaf;
        var members = name.Zip(Document(depth - 1), (n, v) => (Name: n, Value: v)).ListOf()
            .Select(all => $"{{ {string.Join(" , ", all.DistinctBy(m => m.Name).Select(m => $"{JsonSerializer.Serialize(m.Name)} : {m.Value}"))} }}");
        var elements = Document(depth - 1).ListOf().Select(all => $"[{string.Join(',', all)}]");
        return Gen.OneOf(leaf, members.Resize(4), elements.Resize(4));
    }

    private static string Reversed(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().Reverse().Select(m => $"{JsonSerializer.Serialize(m.Name)}:{Reversed(m.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Reversed))}]",
        _ => value.GetRawText(),
    };

    private static double Near(double value, int steps)
    {
        for (; steps > 0; steps--) value = Math.BitIncrement(value);
        for (; steps < 0; steps++) value = Math.BitDecrement(value);
        return value;
    }

    // .NET rounds "E" exactly, so the first precision whose text reads back is the fewest digits there can be.
    private static string Shortest(double value)
    {
        if (value == 0) return "";
        return Enumerable.Range(0, 17).Select(p => value.ToString($"E{p}", CultureInfo.InvariantCulture))
            .Where(text => double.Parse(text, CultureInfo.InvariantCulture) == value).Select(DigitsOf).First();
    }

    private static string DigitsOf(string number) =>
        new string([.. number.TakeWhile(c => c is not ('e' or 'E')).Where(char.IsAsciiDigit)]).Trim('0');

    private static string Canonical(string json)
    {
        using var document = JsonDocument.Parse(json);
        return CanonicalJson.Text(document.RootElement);
    }
}
