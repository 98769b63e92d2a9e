namespace Pipeline.Infra.Tests.Deployment;

/// <summary>deploy/entra.sh, with an az of the tests' own that notes what it is asked and the bodies that are sent.</summary>
public sealed class EntraScriptTests : IDisposable
{
    private const string Client = "11111111-2222-3333-4444-555555555555";
    private const string Person = "99999999-8888-7777-6666-555555555555";

    /// <summary>Answers as a tenant in which the application is made already, unless the test says otherwise.</summary>
    private const string Az =
        """
        for argument in "$@"; do case $argument in @*) cat "${argument#@}" >>"$NOTES"; echo >>"$NOTES" ;; esac; done
        case "$*" in
          'account show'*) echo tenant-1 ;;
          'ad app list'*) echo "${LISTED:-}" ;;
          'ad app create'*) echo 11111111-2222-3333-4444-555555555555 ;;
          'ad app show'*) echo object-1 ;;
          'ad sp show'*) echo principal-1 ;;
          'ad signed-in-user'*) echo 99999999-8888-7777-6666-555555555555 ;;
          *appRoleAssignedTo?*) echo "${HELD:-0}" ;;
          *'--method GET'*federatedIdentityCredentials*) echo "${SUBJECT:-}" ;;
        esac
        """;

    private readonly HookRun hooks = new();

    public EntraScriptTests()
    {
        hooks.With("az", Az).With("azd");
        hooks.Environment["NOTES"] = hooks.PathTo("bodies");
    }

    public void Dispose() => hooks.Dispose();

    [Fact]
    public async Task Create_makes_the_application_with_its_four_roles_and_no_secret()
    {
        hooks.Environment.Remove("ENTRA_CLIENT_ID");
        hooks.With("azd", "[ \"$1 $2\" = 'env set' ]");

        var (exit, output) = await hooks.RunAsync("entra.sh", "create");

        exit.ShouldBe(0, output);
        hooks.Calls("az").ShouldContain(call => call.StartsWith("ad app create --display-name skill-pipeline-staging", StringComparison.Ordinal));
        hooks.Calls("az").ShouldNotContain(call => call.Contains("credential reset", StringComparison.Ordinal));
        hooks.Calls("azd").ShouldContain($"env set ENTRA_CLIENT_ID {Client}");
        Bodies().ShouldContain("\"requestedAccessTokenVersion\":2");
        foreach (var role in new[] { "Emitter", "Reader", "Auditor", "Admin" }) Bodies().ShouldContain($"\"value\":\"{role}\"");
        Bodies().ShouldContain("\"appRoleAssignmentRequired\":true");
        Bodies().ShouldContain($"\"principalId\":\"{Person}\"");
    }

    [Fact]
    public async Task Every_body_that_is_sent_is_json()
    {
        await hooks.RunAsync("entra.sh", "create");
        Linked();
        await hooks.RunAsync("entra.sh", "link");

        var bodies = Bodies().Split("\n{").Select((body, at) => at == 0 ? body : "{" + body).ToList();
        bodies.Count.ShouldBeGreaterThan(4);
        foreach (var body in bodies) Should.NotThrow(() => System.Text.Json.JsonDocument.Parse(body).Dispose(), body);
    }

    [Fact]
    public async Task Create_again_finds_what_is_there()
    {
        hooks.Environment["HELD"] = "1";

        var (exit, output) = await hooks.RunAsync("entra.sh", "create");

        exit.ShouldBe(0, output);
        hooks.Calls("az").ShouldNotContain(call => call.StartsWith("ad app create", StringComparison.Ordinal));
        Bodies().ShouldNotContain("principalId");
    }

    [Fact]
    public async Task Two_applications_of_the_name_are_not_guessed_between()
    {
        hooks.Environment.Remove("ENTRA_CLIENT_ID");
        hooks.Environment["LISTED"] = "one\ntwo";

        var (exit, output) = await hooks.RunAsync("entra.sh", "create");

        exit.ShouldBe(1);
        output.ShouldContain("several applications named skill-pipeline-staging");
    }

    [Fact]
    public async Task Grant_gives_a_role_once()
    {
        (await hooks.RunAsync("entra.sh", "grant", Person, "Auditor")).Exit.ShouldBe(0);
        Bodies().ShouldContain($"\"principalId\":\"{Person}\",\"resourceId\":\"principal-1\"");
        File.Delete(hooks.PathTo("bodies"));
        hooks.Environment["HELD"] = "1";

        (await hooks.RunAsync("entra.sh", "grant", Person, "Auditor")).Exit.ShouldBe(0);
        File.Exists(hooks.PathTo("bodies")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("Which role?", "grant", Person, "Owner")]
    [InlineData("Whose?", "grant", "ann@example.org", "Admin")]
    [InlineData("deploy/entra.sh create | grant", "give")]
    [InlineData("PIPELINE_URL is not set", "link")]
    public async Task What_it_does_not_understand_it_says(string said, params string[] arguments)
    {
        var (exit, output) = await hooks.RunAsync("entra.sh", arguments);

        exit.ShouldBe(1);
        output.ShouldContain(said);
    }

    [Fact]
    public async Task Link_enters_the_console_s_address_and_lets_the_identity_stand_in_for_a_secret()
    {
        Linked();

        var (exit, output) = await hooks.RunAsync("entra.sh", "link");

        exit.ShouldBe(0, output);
        Bodies().ShouldContain("\"redirectUris\":[\"https://app.example.org/.auth/login/aad/callback\"]");
        Bodies().ShouldContain("\"issuer\":\"https://login.microsoftonline.com/tenant-1/v2.0\",\"subject\":\"" + Person);
        output.ShouldContain("https://app.example.org/.auth/login/aad?post_login_redirect_uri=/console");
    }

    [Theory]
    [InlineData(Person, 0, 0)]
    [InlineData("another identity", 1, 1)]
    public async Task Link_again_changes_the_identity_only_where_it_is_another(string held, int deleted, int made)
    {
        Linked();
        hooks.Environment["SUBJECT"] = held;

        (await hooks.RunAsync("entra.sh", "link")).Exit.ShouldBe(0);

        hooks.Calls("az").Count(call => call.Contains("--method DELETE", StringComparison.Ordinal)).ShouldBe(deleted);
        hooks.Calls("az").Count(call => call.Contains("--method POST", StringComparison.Ordinal) && call.Contains("federated", StringComparison.Ordinal)).ShouldBe(made);
    }

    [Fact]
    public async Task Whoever_is_not_signed_in_is_told()
    {
        var (exit, output) = await hooks.With("az", "exit 1").RunAsync("entra.sh", "create");

        exit.ShouldBe(1);
        output.ShouldContain("az login");
    }

    private void Linked()
    {
        hooks.Environment["PIPELINE_URL"] = "https://app.example.org";
        hooks.Environment["PIPELINE_IDENTITY_PRINCIPAL_ID"] = Person;
    }

    private string Bodies() => File.ReadAllText(hooks.PathTo("bodies"));
}
