using Search.Evaluation;
using Search.Yaml;

namespace Search.Controller;

/// <summary>What a study's <c>evaluator</c> says of a command, read and written.</summary>
internal static class CommandSection
{
    /// <summary>The engine's name.</summary>
    public const string Engine = "command";

    private const string Model = "model";
    private const string Coefficients = "coefficients";

    // What a timer can count is 49 days.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(30);

    /// <summary>Reads the command.</summary>
    /// <param name="map">The study's <c>evaluator</c>.</param>
    /// <param name="folder">The study's folder.</param>
    public static CommandOptions Read(YamlMap map, string folder)
    {
        IReadOnlyList<string> arguments = map.Texts("command");
        if (arguments.Count == 0)
        {
            throw map.Missing("command");
        }

        var command = new CommandOptions { Arguments = arguments, Folder = map.Has("folder") ? StudyFile.ExistingPath(map, "folder", folder) : folder };
        DataRole[] all = Enum.GetValues<DataRole>();
        DataRole[] roles = [.. map.Texts("roles").DefaultIfEmpty(YamlText.Word(DataRole.Search)).Select(word => Array.FindIndex(all, role => YamlText.Word(role) == word) is var place and >= 0
            ? all[place]
            : throw map.Error("roles", $"must hold search, select and report only, got '{word}'"))];
        if (!roles.Contains(DataRole.Search))
        {
            throw map.Error("roles", "must hold search, which is what the strategy sees");
        }

        command = command with
        {
            NeedsModel = map.Choice("input", Model, Model, Coefficients) == Model,
            Timeout = StudyFile.ReadDuration(map, "timeout") ?? command.Timeout,
            Retries = (int)(map.Integer("retries", 0, 100) ?? command.Retries),
            Parallel = (int)(map.Integer("parallel", 1, 1000) ?? command.Parallel),
            Cache = map.Choice("cache", "true", "true", "false") == "true",
            Tolerance = map.Number("tolerance", 0) ?? command.Tolerance,
            Roles = [.. roles.Distinct().Order()],
        };
        if (command.Timeout > LongestTimeout)
        {
            throw map.Error("timeout", $"must be at most {LongestTimeout.TotalDays} days, got {map.Text("timeout")}");
        }

        return command.NeedsModel || !arguments.Any(argument => argument.Contains("{model}", StringComparison.Ordinal))
            ? command
            : throw map.Error("command", "has {model}, which is there with 'input: model' only");
    }

    /// <summary>Writes the command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="path">Writes a path.</param>
    public static IEnumerable<(string Key, object? Value)> Write(CommandOptions command, Func<string, string> path) =>
    [
        ("command", command.Arguments),
        ("folder", path(command.Folder)),
        ("input", command.NeedsModel ? Model : Coefficients),
        ("timeout", $"{YamlText.Number(command.Timeout.TotalSeconds)}s"),
        ("retries", command.Retries),
        ("parallel", command.Parallel),
        ("cache", command.Cache ? "true" : "false"),
        ("tolerance", YamlText.Number(command.Tolerance)),
        ("roles", command.Roles.Select(role => YamlText.Word(role)).ToList()),
    ];
}
