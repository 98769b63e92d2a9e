using Pipeline.Domain.Tests.Curation;

namespace Pipeline.Domain.Tests.Coding;

/// <summary>Coding runs of our own making: an agent that turns measurements into a report, and one that mends a library.</summary>
internal static class Workshop
{
    /// <summary>Reads the notes, converts measurements with a script, checks the result.</summary>
    public static ARun Report(int number, string shell = "run_shell") => ARun.Of(number).In("workshop")
        .User($"Please turn the measurements of station {number} into a monthly report in report_{number}.csv")
        .Agent("I will look at the notes first.")
        .Call("open_file", new { path = $"/data/{number}/notes.md" }, "Units are kelvin.")
        .Call(shell, new { command = $"cd /data/{number} && ls -la" }, "raw.json")
        .Fails(shell, new { command = "python convert.py" }, "Exit code 127\nbash: python: command not found")
        .Call(shell, new { command = $"python3 - <<'EOF'\nimport json\nfrom meteo import to_celsius\nrows = json.load(open('/data/{number}/raw.json'))\nwith open('/data/{number}/report_{number}.csv', 'w') as out:\n    out.write(table(rows))\nEOF" }, "ok")
        .Call(shell, new { command = $"meteo-lint report_{number}.csv --strict --station {number}" }, "0 problems")
        .Agent("The report is written.");

    public static ARun Mending(int number, string shell = "run_shell") => ARun.Of(number).In("workshop")
        .User($"Fix the failing unit test of module m{number} in the parser library, and commit the fix")
        .Call(shell, new { command = "pytest -q tests" }, "1 failed")
        .Call("edit_file", new { path = $"src/m{number}.py", old_string = "a", new_string = "b" }, "done")
        .Call(shell, new { command = "pytest -q tests && git add -A && git commit -m 'Mend it'" }, "1 passed");
}
