using System.Globalization;
using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Infra.Yaml;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Pipeline.Infra.Releases;

/// <summary>A release manifest as YAML: <c>release: 1</c>, and <c>aliases</c> (skill, alias, version) or <c>as-of</c> (a leaf).</summary>
/// <remarks>Read event by event: nothing of a file that is nested deeply, or refers to itself, is ever built.</remarks>
public sealed record ReleaseFile(IReadOnlyList<WantedPin> Pins, long? AsOf)
{
    public const int LongestFile = 1024 * 1024;
    public const int MostPins = 20_000;

    private const string Format = "1";
    private const int LongestShown = 60;

    /// <exception cref="ReleaseFileException">It cannot be used; the message says where and why.</exception>
    public static ReleaseFile Parse(ReadOnlySpan<byte> yaml)
    {
        if (yaml.Length > LongestFile) throw new ReleaseFileException($"it is longer than {LongestFile} bytes");
        Scanner? scanner = null;
        try
        {
            var text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(yaml).TrimStart('\uFEFF');
            scanner = new Scanner(new StringReader(text));
            return Document(new Parser(scanner));
        }
        catch (DecoderFallbackException)
        {
            throw new ReleaseFileException("it is not UTF-8");
        }
        catch (Exception e) when (e is not ReleaseFileException && BrokenYaml.Is(e))
        {
            throw new ReleaseFileException(BrokenYaml.Reason(e, scanner?.CurrentPosition.Line), e);
        }
    }

    private static ReleaseFile Document(Parser parser)
    {
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out _)) throw new ReleaseFileException("the file is empty");
        string? format = null;
        IReadOnlyList<WantedPin>? pins = null;
        long? asOf = null;
        Each(parser, "a release manifest", (key, _) =>
        {
            switch (key.Value)
            {
                case "release": format = Text(parser, "release").Value; break;
                case "aliases": pins = Aliases(parser); break;
                case "as-of": asOf = Leaf(parser); break;
                default: throw At(key, $"there is no key '{Shown(key.Value)}'; a manifest has release, and aliases or as-of");
            }
        });
        parser.Consume<DocumentEnd>();
        if (!parser.TryConsume<StreamEnd>(out _)) throw At(parser.Current!, "a second document begins; a manifest is one");
        if (format != Format)
            throw new ReleaseFileException(format is null ? $"it does not say 'release: {Format}', by which a manifest is known" : $"it is of format 'release: {Shown(format)}', and this program reads 'release: {Format}'");
        return (pins, asOf) switch
        {
            ({ } listed, null) => new(listed, null),
            (null, { } leaf) => new([], leaf),
            (null, null) => throw new ReleaseFileException("it says neither aliases nor as-of; 'aliases: {}' is how to pin nothing"),
            _ => throw new ReleaseFileException("it says both aliases and as-of; one of them is what is to stand"),
        };
    }

    private static List<WantedPin> Aliases(Parser parser)
    {
        var pins = new List<WantedPin>();
        Each(parser, "aliases", (skill, _) => Each(parser, $"what stands behind '{Shown(skill.Value)}'", (alias, at) =>
        {
            if (skill.Value.Length == 0) throw At(skill, "a skill's name or id is missing");
            if (!SkillDecider.IsName(alias.Value)) throw At(alias, $"'{Shown(alias.Value)}' is no alias: at most 64 lower-case letters, digits and single hyphens inside");
            if (pins.Count == MostPins) throw At(alias, $"more than {MostPins} aliases");
            pins.Add(Pin(parser, new(skill.Value, alias.Value, 0, null, at)));
        }));
        return pins;
    }

    private static WantedPin Pin(Parser parser, WantedPin pin)
    {
        if (parser.Accept<Scalar>(out _)) return pin with { Version = Whole(Text(parser, pin.Alias), "a version", 1, int.MaxValue) };
        Each(parser, $"what {pin.Alias} is to be", (key, _) => pin = key.Value switch
        {
            "version" => pin with { Version = Whole(Text(parser, "version"), "a version", 1, int.MaxValue) },
            "share" => pin with { Share = Whole(Text(parser, "share"), "a share, in percent,", 0, CanaryShare.All) },
            _ => throw At(key, $"there is no key '{Shown(key.Value)}'; an alias has version and share"),
        });
        if (pin.Version == 0) throw new ReleaseFileException($"line {pin.Line}: {pin.Alias} of {Shown(pin.Skill)} has no version");
        return pin.Share == CanaryShare.All ? pin with { Share = null } : pin;
    }

    private static long Leaf(Parser parser)
    {
        var text = Text(parser, "as-of");
        return long.TryParse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var leaf) && leaf < long.MaxValue ? leaf
            : throw At(text, $"as-of is a leaf, a whole number from 0, not '{Shown(text.Value)}'");
    }

    private static void Each(Parser parser, string what, Action<Scalar, long> member)
    {
        if (!parser.TryConsume<MappingStart>(out _)) throw At(parser.Current!, $"{what} is no mapping of keys to values");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = Text(parser, "a key");
            if (!seen.Add(key.Value)) throw At(key, $"'{Shown(key.Value)}' stands there twice");
            member(key, key.Start.Line);
        }
    }

    private static Scalar Text(Parser parser, string what) =>
        parser.TryConsume<Scalar>(out var scalar) ? scalar : throw At(parser.Current!, $"{what} is a plain value, no list and no mapping");

    private static int Whole(Scalar scalar, string what, int least, int most) =>
        int.TryParse(scalar.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
            : throw At(scalar, $"{what} is a whole number from {least}{(most < int.MaxValue ? $" to {most}" : "")}, not '{Shown(scalar.Value)}'");

    private static ReleaseFileException At(ParsingEvent where, string problem) => new($"line {where.Start.Line}: {problem}");

    private static string Shown(string text) => text.Length <= LongestShown ? text : text[..LongestShown] + "…";
}

/// <param name="Skill">By name or id.</param>
/// <param name="Share">Percent of the callers, 0 to 99; null: all.</param>
/// <param name="Line">In the file, from 1.</param>
public sealed record WantedPin(string Skill, string Alias, int Version, int? Share, long Line);

/// <summary>A manifest that cannot be used; the message says where and why.</summary>
public sealed class ReleaseFileException(string message, Exception? inner = null) : Exception(message, inner);
