using Pipeline.Infra.Search.AzureSearch;

namespace Pipeline.Infra.Tests.Search.AzureSearch;

public sealed class DocumentFormTests
{
    [Theory]
    [InlineData("acme", "a", 1, "acm", "ea", 1)]
    [InlineData("acme", "a", 12, "acme", "a@1", 2)]
    [InlineData("acme", "a", 1, "acme", "A", 1)]
    public void Keys_are_as_the_service_takes_them_and_each_versions_own(string tenant, string skill, int version, string otherTenant, string otherSkill, int otherVersion)
    {
        var key = DocumentForm.KeyOf(tenant, skill, version);
        key.ShouldAllBe(c => char.IsAsciiLetterOrDigit(c));
        key.ShouldNotBe(DocumentForm.KeyOf(otherTenant, otherSkill, otherVersion));
        DocumentForm.KeyOf("a tenant/é", new string('漢', 200), 1).Length.ShouldBe(64);
    }
}
