using Pipeline.Infra.Composers;

namespace Pipeline.Infra.Tests.Composers;

public sealed class ComposerSettingsTests
{
    private static readonly (string, string)[] s_openAi = [("Endpoint", "https://api.openai.com/v1"), ("Model", "m"), ("ApiKey", "k")];

    [Fact]
    public void Nothing_configured_is_off()
    {
        Read().IsOn.ShouldBeFalse();
        Read(("Endpoint", " "), ("Model", "")).ShouldBe(ComposerOptions.Off);
    }

    [Fact]
    public void An_OpenAI_compatible_endpoint_is_its_base_address_with_a_bearer_key()
    {
        var options = Read(s_openAi);

        options.Address.ShouldBe(new("https://api.openai.com/v1/chat/completions"));
        options.Auth.ShouldBe(ComposerAuth.Key);
        options.OutputLimitName.ShouldBe("max_completion_tokens");
        options.ToString().ShouldBe("m at api.openai.com:443");
    }

    [Fact]
    public void A_server_on_this_machine_needs_neither_key_nor_https()
    {
        var options = Read(("Endpoint", "http://localhost:8080/v1/"), ("Model", "local"));

        options.Address.ShouldBe(new("http://localhost:8080/v1/chat/completions"));
        options.Auth.ShouldBe(ComposerAuth.None);
        options.OutputLimitName.ShouldBe("max_tokens");
    }

    [Fact]
    public void Azure_OpenAI_is_asked_as_who_the_program_runs_as_unless_there_is_a_key()
    {
        var v1 = Read(("Endpoint", "https://mine.openai.azure.com/openai/v1"), ("Model", "my-deployment"));
        v1.Address.ShouldBe(new("https://mine.openai.azure.com/openai/v1/chat/completions"));
        v1.Auth.ShouldBe(ComposerAuth.Entra);

        var dated = Read(("Endpoint", "https://mine.openai.azure.com"), ("Model", "my deployment"), ("ApiVersion", "2024-10-21"), ("ApiKey", "k"));
        dated.Address.AbsoluteUri.ShouldBe("https://mine.openai.azure.com/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21");
        dated.Auth.ShouldBe(ComposerAuth.AzureKey);
    }

    [Fact]
    public void A_cost_is_in_millionths_of_a_dollar_and_rounded_up() =>
        Read([.. s_openAi, ("InputPrice", "2.50"), ("OutputPrice", "10")]).CostOf(1001, 200).ShouldBe(4503);

    [Theory]
    [InlineData("Composer:Enpoint is not known", "Enpoint", "https://api.openai.com/v1")]
    [InlineData("Composer:Endpoint is missing, and Composer:ApiKey is given", "ApiKey", "k")]
    public void What_nobody_knows_or_is_of_no_use_is_refused(string problem, string name, string value) => Problem((name, value)).ShouldContain(problem);

    [Theory]
    [InlineData("Endpoint", "api.openai.com", "Composer:Endpoint is no address")]
    [InlineData("Endpoint", "ftp://api.openai.com/v1", "Composer:Endpoint is no address")]
    [InlineData("Endpoint", "https://user:secret@api.openai.com/v1", "Composer:Endpoint is no address")]
    [InlineData("Endpoint", "https://api.openai.com/v1/chat/completions", "leave /chat/completions out")]
    [InlineData("Endpoint", "http://models.example/v1", "set Composer:AllowHttp to true")]
    [InlineData("Model", "", "Composer:Model is missing")]
    [InlineData("Auth", "basic", "Composer:Auth is none, key, azure-key or entra")]
    [InlineData("ApiKey", "two words", "Composer:ApiKey has blanks")]
    [InlineData("ApiKey", "", "Composer:ApiKey is missing")]
    [InlineData("Timeout", "0", "Composer:Timeout is a whole number from 1 to 1500")]
    [InlineData("Timeout", "00:02:00", "Composer:Timeout is a whole number")]
    [InlineData("MaxRetries", "99", "Composer:MaxRetries is a whole number from 0 to 10")]
    [InlineData("MaxTokensPerDay", "-1", "Composer:MaxTokensPerDay is a whole number")]
    [InlineData("MaxCostPerDay", "5", "a ceiling on cost needs Composer:InputPrice")]
    [InlineData("MaxCostPerDay", "five", "Composer:MaxCostPerDay is an amount in US dollars")]
    [InlineData("Temperature", "warm", "Composer:Temperature is a number from 0 to 2")]
    [InlineData("OutputLimit", "tokens", "Composer:OutputLimit is max_tokens or max_completion_tokens")]
    public void A_value_that_cannot_be_used_is_refused_by_its_name_and_never_with_a_key(string name, string value, string problem)
    {
        var settings = s_openAi.Append(("Auth", "key")).Where(s => s.Item1 != name).Append((name, value)).ToArray();

        Problem(settings).ShouldContain(problem);
        Problem(settings).ShouldNotContain("secret");
        Problem(settings).ShouldNotContain("two words");
    }

    private static string Problem(params (string, string)[] settings) => Should.Throw<ComposerConfigurationException>(() => Read(settings)).Message;

    private static ComposerOptions Read(params (string Name, string Value)[] settings) => ComposerSettings.Read(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)));
}
