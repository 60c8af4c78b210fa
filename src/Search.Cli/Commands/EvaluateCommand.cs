using System.CommandLine;
using System.Text.Json;
using Search.Controller;
using Search.Evaluation;
using Search.Merging;
using Search.Results;
using Search.Yaml;

namespace Search.Cli.Commands;

internal static class EvaluateCommand
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create()
    {
        var study = new Argument<string>("STUDY") { Description = "The study file." };
        var coefficients = new Option<string>("--coefficients")
        {
            Description = "A JSON array of vectors in search-space order, or of objects name → value.",
            HelpName = "FILE",
            Required = true,
        };
        var role = new Option<string>("--role") { Description = "The data to score on.", DefaultValueFactory = _ => "search" };
        role.AcceptOnlyFromAmong("search", "select", "report");
        var engine = new Option<string?>("--engine") { Description = "Replace the study's engine.", HelpName = "ENGINE" };
        var set = new Option<string[]>("--set") { Description = "Replace a setting of the study; may be repeated.", HelpName = "KEY=VALUE" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line." };
        var command = new Command("evaluate", "Score given coefficient vectors without a search.\n\nExample: search evaluate study.yaml --coefficients lambdas.json --role report --json")
        {
            study, coefficients, role, engine, set, json,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            string[] settings = [.. parsed.GetValue(set) ?? [], .. parsed.GetValue(engine) is { } name ? new[] { $"evaluator.engine={name}" } : []];
            StudyDefinition definition = StudyFile.Read(parsed.GetRequiredValue(study), settings);
            DataRole data = Enum.Parse<DataRole>(parsed.GetRequiredValue(role), ignoreCase: true);
            if (definition.Tasks.FirstOrDefault(task => !task.Roles.Contains(data)) is { } without)
            {
                throw new SearchException($"{parsed.GetRequiredValue(study)}: task '{without.Name}' has no '{YamlText.Word(data)}' batches.");
            }

            using StudySession session = StudySession.Open(definition);
            IReadOnlyList<double>[] vectors = Read(parsed.GetRequiredValue(coefficients), session.Space);
            ScoreRequest[] requests = [.. vectors.Select((vector, index) => new ScoreRequest(
                new Trial
                {
                    Id = index,
                    Strategy = "given",
                    Role = data,
                    State = TrialState.Running,
                    Fidelity = 0,
                    Seed = definition.Seed,
                    Coefficients = vector,
                    Objectives = [],
                    Scores = new Dictionary<string, double>(),
                    StartedAt = default,
                    Engine = "",
                    Device = "",
                },
                TaskMerge.Of(session.Study, session.Space, vector)))];
            bool failed = false;
            foreach (Trial trial in session.CreateScorer(requests.Length).Score(requests, cancellationToken))
            {
                failed |= trial.State == TrialState.Failed;
                Console.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(Describe(trial), Json) : Line(trial));
            }

            return failed ? ExitCodes.Failed : ExitCodes.Ok;
        }, cancellationToken));
        return command;
    }

    private static object Describe(Trial trial) => new
    {
        Index = trial.Id,
        Role = YamlText.Word(trial.Role),
        State = YamlText.Word(trial.State),
        trial.Reason,
        trial.Objectives,
        trial.Scores,
        trial.MergeMs,
        trial.ForwardMs,
        trial.ObjectiveMs,
        trial.Engine,
        trial.Device,
    };

    private static string Line(Trial trial) => trial.State == TrialState.Failed
        ? $"{trial.Id}: failed: {trial.Reason}"
        : $"{trial.Id}: {string.Join(' ', trial.Objectives.Select(value => $"{value:0.000000}"))}  {string.Join("  ", trial.Scores.Select(score => $"{score.Key}={score.Value:0.0000}"))}";

    private static IReadOnlyList<double>[] Read(string path, MergeSpace space)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Array)
            {
                throw new SearchException($"{path}: must be a JSON array of vectors or of objects name → value.");
            }

            return [.. document.RootElement.EnumerateArray().Select((entry, index) => ReadVector(path, index, entry, space))];
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new SearchException($"{path}: cannot be read as coefficients: {exception.Message}", exception);
        }
    }

    private static double[] ReadVector(string path, int index, JsonElement entry, MergeSpace space)
    {
        string[] names = [.. Enumerable.Range(0, space.Dimension).Select(space.Name)];
        double[] vector;
        if (entry.ValueKind == JsonValueKind.Array)
        {
            vector = [.. entry.EnumerateArray().Select(value => value.GetDouble())];
            if (vector.Length != names.Length)
            {
                throw new SearchException($"{path}: vector {index} has {vector.Length} numbers, but the study searches {names.Length}: {string.Join(", ", names.Take(8))}{(names.Length > 8 ? ", …" : "")}.");
            }
        }
        else
        {
            Dictionary<string, double> values = entry.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.GetDouble());
            if (values.Keys.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
            {
                throw new SearchException($"{path}: object {index} names '{unknown}', which the study does not search{NearestName.Hint(unknown, names)}.");
            }

            if (names.FirstOrDefault(name => !values.ContainsKey(name)) is { } missing)
            {
                throw new SearchException($"{path}: object {index} lacks '{missing}'.");
            }

            vector = [.. names.Select(name => values[name])];
        }

        return vector.All(double.IsFinite) ? vector : throw new SearchException($"{path}: vector {index} must hold finite numbers, got [{string.Join(", ", vector)}].");
    }
}
