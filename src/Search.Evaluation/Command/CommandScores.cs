using System.Text.Json;

namespace Search.Evaluation.Command;

/// <summary>Reads scores off what a command prints: the last JSON object, whose lines may come after others.</summary>
internal static class CommandScores
{
    private const int Attempts = 100;

    /// <summary>Reads the numbers: those at the top level under their names, those one level below as <c>task/score</c>.</summary>
    /// <param name="output">What was printed.</param>
    /// <exception cref="EvaluationException">There is no JSON object.</exception>
    public static IReadOnlyDictionary<string, double> Read(OutputTail output)
    {
        string text = output.ToString();
        int end = text.LastIndexOf('}') + 1;
        int start = end;
        string reason = "there is none";
        for (int attempt = 0; attempt < Attempts && start > 0; attempt++)
        {
            // An object begins a line.
            start = text.LastIndexOf('{', start - 1);
            if (start < 0)
            {
                break;
            }

            if (start > 0 && text[start - 1] != '\n')
            {
                continue;
            }

            try
            {
                using JsonDocument document = JsonDocument.Parse(text.AsMemory(start, end - start));
                return Numbers(document.RootElement);
            }
            catch (JsonException exception)
            {
                reason = exception.Message;
            }
        }

        string cut = output.IsCut ? $", of which the last {text.Length} characters were looked at" : "";
        throw new EvaluationException($"the command must print a JSON object of scores last, in lines of its own: {reason}; it printed {(text.Trim().Length == 0 ? "nothing" : $"'{Ending(text)}'")}{cut}");
    }

    private static Dictionary<string, double> Numbers(JsonElement root)
    {
        var numbers = new Dictionary<string, double>();
        foreach (JsonProperty entry in root.EnumerateObject())
        {
            if (entry.Value.ValueKind == JsonValueKind.Number)
            {
                numbers[entry.Name] = entry.Value.GetDouble();
            }
            else if (entry.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty score in entry.Value.EnumerateObject().Where(score => score.Value.ValueKind == JsonValueKind.Number))
                {
                    numbers[$"{entry.Name}/{score.Name}"] = score.Value.GetDouble();
                }
            }
        }

        return numbers;
    }

    private static string Ending(string text)
    {
        string line = text.Trim().Split('\n')[^1].Trim();
        return line.Length > 200 ? $"…{line[^200..]}" : line;
    }
}
