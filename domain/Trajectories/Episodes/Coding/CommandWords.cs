using System.Collections.Frozen;

namespace Pipeline.Domain.Trajectories.Episodes.Coding;

/// <summary>What is known of common programs: which only look, which check, which have subcommands. Others are told by their shape.</summary>
internal static class CommandWords
{
    public static FrozenSet<string> Reserved { get; } = Set("if then else elif fi while until do done esac in { } ! [[ ]] time");

    /// <summary>Programs that run the command behind them.</summary>
    public static FrozenSet<string> Prefixes { get; } = Set("sudo doas env nohup command exec builtin timeout nice ionice stdbuf xargs setsid time unbuffer");

    /// <summary>Shells and the like: they run the text behind <c>-c</c>.</summary>
    public static FrozenSet<string> Shells { get; } = Set("bash sh zsh dash ksh eval");

    /// <summary>Run what they are given as a file, as text or on their input.</summary>
    public static FrozenSet<string> Interpreters { get; } = Set("python node ruby perl php deno bun Rscript julia lua sqlite3 psql mysql osascript pwsh ipython");

    /// <summary>They come and go with every run, and say nothing about the task.</summary>
    public static FrozenSet<string> Incidental { get; } = Set(
        "cd pwd echo printf ls cat head tail less more wc true false sleep exit export set unset source . : read which whereis type date whoami id uname hostname test [ shift return local declare "
        + "pushd popd ulimit umask trap wait clear history alias break continue let basename dirname seq yes");

    public static FrozenSet<string> Looking { get; } = Set(
        "grep egrep fgrep rg ag ack find fd tree stat file env printenv df du ps top free diff cmp comm md5sum sha1sum sha256sum sort uniq cut awk gawk sed tr jq yq xxd od strings hexdump nl column "
        + "realpath readlink man help ldd nproc lsof netstat ss ping nslookup dig host pdfinfo pdffonts identify ffprobe curl zcat zgrep objdump nm readelf locate pgrep paste fold rev tac join exiftool "
        + "open goto scroll_up scroll_down search_dir search_file find_file create_view view");

    public static FrozenSet<string> LookingSubcommands { get; } = Set(
        "git status|git log|git diff|git show|git blame|git grep|git ls-files|git rev-parse|git describe|git remote|git shortlog|git reflog|git config|pip list|pip show|pip freeze|npm ls|npm list|npm view|"
        + "docker ps|docker images|docker logs|docker inspect|kubectl get|kubectl describe|kubectl logs|cargo tree|go list|go version|go env|apt list|apt-cache search|apt-cache show|systemctl status|gh pr view|conda list", '|');

    /// <summary>Words in the name of a command or script whose job is to tell whether something is right.</summary>
    public static FrozenSet<string> Checking { get; } = Set(
        "test tests testing pytest unittest jest vitest mocha tox nox rspec phpunit ctest check checks checker validate validation validator verify verification lint linter flake8 mypy pyright pylint eslint "
        + "ruff shellcheck clippy vet tsc pyflakes compileall py_compile assert nosetests bats");

    public static FrozenDictionary<string, FrozenSet<string>> HaveSubcommands { get; } = new Dictionary<string, FrozenSet<string>>(StringComparer.Ordinal)
    {
        ["git"] = Set("-C -c --git-dir --work-tree"),
        ["docker"] = Set("--context -H"),
        ["kubectl"] = Set("-n --namespace --context"),
        ["npm"] = Set("--prefix -w"),
        ["make"] = Set("-C -f -j"),
        ["cargo"] = Set("--manifest-path"),
        ["mvn"] = Set("-f -pl -P"),
        ["gradle"] = Set("-p"),
        ["gradlew"] = Set("-p"),
        ["mvnw"] = Set("-f -pl -P"),
        ["go"] = Set("-C"),
        ["helm"] = Set("-n --namespace"),
    }.Concat("pip pnpm yarn bun dotnet apt apt-get conda mamba uv poetry gh az aws gcloud terraform brew systemctl bundle rails composer rustup dvc hatch cmake just apk dnf yum gem nuget openssl"
        .Split(' ').Select(p => KeyValuePair.Create(p, Set("")))).ToFrozenDictionary(StringComparer.Ordinal);

    public static FrozenSet<string> HaveNoSubcommand { get; } = Set(
        "mkdir rm cp mv touch chmod chown ln tee kill pkill killall unzip zip tar gzip gunzip rsync scp ssh wget convert magick ffmpeg pdftotext pdftoppm pdfimages qpdf tesseract soffice libreoffice pandoc "
        + "gcc g++ clang javac java rustc patch install dd split nano vim vi code open apply_patch pytest jest vitest mocha tox flake8 mypy pylint eslint tsc black isort prettier pip-compile pyflakes unittest "
        + "edit create insert submit")
        .Union(Incidental).Union(Looking).Union(Interpreters).Union(Shells).Union(Checking).Except(["test", "ruff", "check"]).ToFrozenSet(StringComparer.Ordinal);

    public static bool IsKnown(string program) => HaveNoSubcommand.Contains(program) || HaveSubcommands.ContainsKey(program);

    private static FrozenSet<string> Set(string words, char between = ' ') =>
        words.Split(between, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}
