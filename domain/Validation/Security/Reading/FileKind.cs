namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>What a file is, by its content first and its name second.</summary>
internal enum FileKind { Document, Script, Config, Markup, Binary }

internal static class FileKinds
{
    private static readonly HashSet<string> Scripts = Set(
        "py pyw pyi sh bash zsh fish ksh csh ps1 psm1 psd1 bat cmd vbs vbe wsf js mjs cjs jsx ts mts cts tsx rb pl pm php lua r jl go rs java kt kts scala swift c h cc cpp hpp cs fs groovy gradle " +
        "dart ex exs erl hs clj awk sed tcl applescript scpt command sql asm m mm zig nim cr coffee make mk dockerfile cmake nix tf hcl ipynb");

    private static readonly HashSet<string> Configs = Set(
        "json jsonl json5 jsonc yaml yml toml ini cfg conf config env properties lock csv tsv plist reg service timer desktop gitattributes gitmodules npmrc pypirc editorconfig tmpl template");

    private static readonly HashSet<string> Markups = Set("html htm xhtml svg xml xsd xsl xslt rss vue svelte astro mdx");

    private static readonly HashSet<string> ScriptNames = Set("makefile dockerfile containerfile rakefile gemfile jenkinsfile vagrantfile procfile justfile .bashrc .zshrc .profile .bash_profile .envrc");

    // What is text by its name, and must therefore be text.
    private static readonly HashSet<string> Texts = Set("md markdown mdx txt rst adoc text");

    /// <summary>The last extension in lower case, behind a <c>.txt</c> that was put after another one.</summary>
    public static string ExtensionOf(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..].ToLowerInvariant();
        if (name.EndsWith(".txt", StringComparison.Ordinal) && name[..^4].LastIndexOf('.') > 0) name = name[..^4];
        var dot = name.LastIndexOf('.');
        return dot >= 0 ? name[(dot + 1)..] : "";
    }

    /// <summary>Whether it is read by people by its name: a text, or LICENSE and the like.</summary>
    public static bool IsProseByName(string path) =>
        ExtensionOf(path) is var extension && extension.Length > 0 ? Texts.Contains(extension) : !path[(path.LastIndexOfAny(['/', '!']) + 1)..].Any(char.IsAsciiLetterLower);

    public static bool IsTextByName(string path) => ExtensionOf(path) is var e && (Texts.Contains(e) || Scripts.Contains(e) || Configs.Contains(e) || Markups.Contains(e));

    public static FileKind Of(string path, string text)
    {
        var extension = ExtensionOf(path);
        var name = path[(path.LastIndexOf('/') + 1)..].ToLowerInvariant();
        if (text.StartsWith("#!", StringComparison.Ordinal) || Scripts.Contains(extension) || ScriptNames.Contains(name)) return FileKind.Script;
        if (Configs.Contains(extension)) return FileKind.Config;
        return Markups.Contains(extension) ? FileKind.Markup : FileKind.Document;
    }

    private static HashSet<string> Set(string words) => new(words.Split(' '), StringComparer.Ordinal);
}
