using System.Text;
using System.Text.Json;

namespace Search.Evaluation.Command;

/// <summary>Reads scores off what a command prints: the last JSON object, whose lines may come after others.</summary>
internal static class CommandScores
{
    private const int Attempts = 100;

    /// <summary>Reads the numbers: those at the top level under their names, those one level below as <c>task/score</c>.</summary>
    /// <param name="output">What was printed.</param>
    /// <exception cref="EvaluationException">There is no JSON object, or one that holds what is no number of 64 bits.</exception>
    public static IReadOnlyDictionary<string, double> Read(OutputTail output)
    {
        string text = output.ToString();
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        string reason = "there is none";
        (int Start, int End)? found = null;
        int start = bytes.Length;
        for (int attempt = 0; attempt < Attempts && start > 0; attempt++)
        {
            start = LineStart(bytes, start);
            if (start < 0)
            {
                break;
            }

            var reader = new Utf8JsonReader(bytes.AsSpan(start));
            try
            {
                reader.Read();
                reader.Skip();
                int end = start + (int)reader.BytesConsumed;
                if (end <= found?.Start)
                {
                    break;
                }

                found = (start, end); // the first, or one that an object within it begins a line of
            }
            catch (JsonException exception)
            {
                reason = exception.Message;
            }
        }

        try
        {
            if (found is { } last)
            {
                using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(last.Start..last.End));
                return Numbers(document.RootElement);
            }
        }
        catch (InvalidOperationException)
        {
            reason = "it has a name that is no text"; // half of a surrogate pair
        }

        string cut = output.IsCut ? $", of which the last {text.Length} characters were looked at" : "";
        throw new EvaluationException($"the command must print a JSON object of scores last, in lines of its own: {reason}; it printed {(text.Trim().Length == 0 ? "nothing" : $"'{Ending(text)}'")}{cut}");
    }

    // The last line before a place that an object could begin, or -1.
    private static int LineStart(ReadOnlySpan<byte> text, int before)
    {
        int start = text[..before].LastIndexOf("\n{"u8);
        return start >= 0 ? start + 1 : before > 0 && text[0] == '{' ? 0 : -1;
    }

    private static Dictionary<string, double> Numbers(JsonElement root)
    {
        var numbers = new Dictionary<string, double>();
        foreach (JsonProperty entry in root.EnumerateObject())
        {
            if (entry.Value.ValueKind == JsonValueKind.Number)
            {
                numbers[entry.Name] = Number(entry);
            }
            else if (entry.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty score in entry.Value.EnumerateObject().Where(score => score.Value.ValueKind == JsonValueKind.Number))
                {
                    numbers[$"{entry.Name}/{score.Name}"] = Number(score);
                }
            }
        }

        return numbers;
    }

    private static double Number(JsonProperty entry) => entry.Value.GetDouble() is var value && double.IsFinite(value)
        ? value
        : throw new EvaluationException($"the command must print finite numbers, got {entry.Value.GetRawText()} for '{entry.Name}'");

    private static string Ending(string text)
    {
        string line = text.Trim().Split('\n')[^1].Trim();
        return line.Length > 200 ? $"…{line[^200..]}" : line;
    }
}
