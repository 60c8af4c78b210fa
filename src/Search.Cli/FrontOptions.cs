using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Search.Controller;
using Search.Evaluation;
using Search.Yaml;

namespace Search.Cli;

/// <summary>What a person may want of a front, on the command line.</summary>
internal sealed class FrontOptions
{
    private readonly Option<string> _role = new("--role") { Description = "The data that objectives are compared on; by default select data where there is some, else search data.", HelpName = "ROLE" };
    private readonly Option<KeyValuePair<string, double>[]> _prefer = Named("--prefer", "WEIGHT", "Marks the compromise with these weights, by objective or task; the others weigh 1.");
    private readonly Option<KeyValuePair<string, double>[]> _floor =
        Named("--floor", "SHARE", "Leaves out candidates that keep less than this share of what the task's expert gains over the base in its objective.");

    private readonly Option<KeyValuePair<string, double>[]> _limit = Named("--limit", "VALUE", "Leaves out candidates whose objective is above this value.");

    private readonly Option<KeyValuePair<string, double>[]> _reference = Named("--reference", "VALUE", "What the volume is measured below; by default the worst of each objective.");

    private IEnumerable<Option> All => [_role, _prefer, _floor, _limit, _reference];

    public FrontOptions() => _role.AcceptOnlyFromAmong([.. Enum.GetValues<DataRole>().Select(value => YamlText.Word(value))]);

    public void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Add(option);
        }
    }

    /// <summary>The first of the options that a command line has, or null.</summary>
    public string? Given(CommandResult result) => All.FirstOrDefault(option => result.GetResult(option) is { Implicit: false })?.Name;

    public FrontQuery Read(ParseResult parsed) => new()
    {
        Role = parsed.GetValue(_role) is { } word ? Enum.Parse<DataRole>(word, ignoreCase: true) : null,
        Preferences = parsed.GetValue(_prefer) ?? [],
        Floors = parsed.GetValue(_floor) ?? [],
        Limits = parsed.GetValue(_limit) ?? [],
        Reference = parsed.GetValue(_reference) ?? [],
    };

    private static Option<KeyValuePair<string, double>[]> Named(string name, string value, string description) => new(name)
    {
        Description = description,
        HelpName = $"NAME={value},…",
        CustomParser = result => Parse(result, name, value),
    };

    private static KeyValuePair<string, double>[] Parse(ArgumentResult result, string name, string value)
    {
        var pairs = new List<KeyValuePair<string, double>>();
        foreach (string part in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (part.LastIndexOf('=') is > 0 and int at && double.TryParse(part[(at + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number))
            {
                pairs.Add(KeyValuePair.Create(part[..at].Trim(), number));
            }
            else
            {
                result.AddError($"{name} takes NAME={value}, several separated by commas, got '{part}'.");
                break;
            }
        }

        return [.. pairs];
    }
}
