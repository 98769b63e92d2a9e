using Pipeline.Infra.Search;

namespace Pipeline.Infra.Tests.Search;

public sealed class SearchSettingsTests
{
    [Fact]
    public void Without_settings_the_index_is_embedded_and_goes_by_words() => Read([], []).ShouldBe(new(null, null));

    [Fact]
    public void A_service_is_named_by_its_address_and_reached_as_whoever_the_program_runs_as()
    {
        var azure = Read([("Endpoint", "https://x.search.windows.net"), ("Index", "team-skills"), ("Semantic", "true")], []).Azure.ShouldNotBeNull();
        azure.ShouldSatisfyAllConditions(a => a.Index.ShouldBe("team-skills"), a => a.ApiKey.ShouldBeEmpty(), a => a.IsSemantic.ShouldBeTrue(), a => a.Dimensions.ShouldBeNull());
        Read([("Endpoint", "https://x.search.windows.net"), ("ApiKey", "secret")], []).Azure!.ToString().ShouldNotContain("secret");
    }

    [Fact]
    public void Embeddings_of_a_service_have_as_many_dimensions_as_its_field()
    {
        var read = Read([("Endpoint", "https://x.search.windows.net")], [("Endpoint", "https://api.openai.com/v1"), ("Model", "m"), ("ApiKey", "k"), ("Dimensions", "256")]);
        read.Azure!.Dimensions.ShouldBe(256);
        read.Embeddings!.ToString().ShouldBe("m at api.openai.com");
    }

    [Theory]
    [InlineData("Index", "x y", "Search:Endpoint is missing")]
    [InlineData("Endpoint", "http://x.search.windows.net", "Search:Endpoint")]
    [InlineData("Endpoint", "x", "Search:Endpoint")]
    [InlineData("Endpoint", "https://user@x", "Search:Endpoint")]
    [InlineData("Colour", "red", "Search:Colour is not known")]
    [InlineData("ApiKey", "a b", "Search:ApiKey")]
    [InlineData("Semantic", "perhaps", "Search:Semantic")]
    public void What_cannot_be_used_is_refused_by_its_name(string name, string value, string problem) =>
        Should.Throw<SearchConfigurationException>(() => Read([(name, value)], [])).Message.ShouldContain(problem);

    [Theory]
    [InlineData("Endpoint", "http://far.example/v1", "Search:Embeddings:Endpoint is http")]
    [InlineData("Endpoint", "https://far.example/v1", "Search:Embeddings:Model is missing")]
    [InlineData("Model", "m", "Search:Embeddings:Endpoint is missing")]
    [InlineData("Auth", "key", "Search:Embeddings:ApiKey is missing")]
    [InlineData("Dimensions", "1", "Search:Embeddings:Dimensions")]
    [InlineData("Timeout", "0", "Search:Embeddings:Timeout")]
    public void So_is_what_embeddings_cannot_use(string name, string value, string problem) =>
        Should.Throw<SearchConfigurationException>(() => Read([], [(name, value)])).Message.ShouldContain(problem);

    [Fact]
    public void A_service_with_embeddings_must_be_told_their_dimensions() =>
        Should.Throw<SearchConfigurationException>(() => Read([("Endpoint", "https://x.search.windows.net")], [("Endpoint", "https://api.openai.com/v1"), ("Model", "m")])).Message.ShouldContain("Dimensions");

    private static SearchSettings Read((string Name, string Value)[] search, (string Name, string Value)[] embeddings) =>
        SearchSettings.Read(search.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)), embeddings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)));
}
