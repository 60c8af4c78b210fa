using System.Text.Json;
using Search.Results.Fronts;
using Search.Strategies;

namespace Search.Cli;

/// <summary>Answers one JSON object a line with one JSON object a line; a line that is wrong changes nothing.</summary>
/// <param name="strategy">Who proposes candidates.</param>
internal sealed class AskTellProtocol(ISearchStrategy strategy)
{
    private const int LargestAsk = 100_000;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly Dictionary<long, Candidate> _pending = [];
    private readonly ParetoArchive<(long Id, IReadOnlyList<double> X)> _front = new();
    private long _next;

    /// <summary>Answers a line.</summary>
    public string Answer(string line)
    {
        try
        {
            using JsonDocument request = JsonDocument.Parse(line);
            object answer = request.RootElement.ValueKind == JsonValueKind.Object && request.RootElement.EnumerateObject().ToArray() is [var only]
                ? only switch
                {
                    { Name: "ask" } => Ask(only.Value),
                    { Name: "tell" } => Tell(only.Value),
                    { Name: "recommend", Value.ValueKind: JsonValueKind.True } => Recommend(),
                    _ => throw Wrong(),
                }
                : throw Wrong();
            return JsonSerializer.Serialize(answer, Json);
        }
        catch (JsonException exception)
        {
            return Error($"the line is not JSON: {exception.Message}");
        }
        catch (Exception exception)
        {
            return Error(exception.Message); // the other program waits for an answer, whatever went wrong
        }
    }

    /// <summary>The answer to what is wrong.</summary>
    /// <param name="message">One sentence.</param>
    public static string Error(string message) => JsonSerializer.Serialize(new { Error = message }, Json);

    private static ArgumentException Wrong() => new("""a line is {"ask":4}, {"tell":[{"id":0,"objectives":[0.5]},{"id":1,"failed":"why"},{"id":2,"pruned":"why"}]} or {"recommend":true}""");

    private object Ask(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int count) || count is < 1 or > LargestAsk)
        {
            throw new ArgumentException($"'ask' takes a whole number from 1 to {LargestAsk}, got {value.GetRawText()}");
        }

        var candidates = strategy.Ask(count).Select(candidate =>
        {
            _pending[_next] = candidate;
            return new { Id = _next++, X = candidate.Coefficients };
        }).ToArray();
        return strategy.StopReason is { } stop ? new { Candidates = candidates, Stop = stop } : new { Candidates = candidates };
    }

    private object Tell(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw new ArgumentException($"'tell' takes a list, got {value.ValueKind}");
        }

        (long Id, Verdict Verdict)[] told = [.. value.EnumerateArray().Select(Read)];
        strategy.Tell([.. told.Select(one => one.Verdict)]);
        foreach ((long id, Verdict verdict) in told)
        {
            _pending.Remove(id);
            if (verdict.Objectives is { } objectives)
            {
                _front.Add([.. objectives], (id, verdict.Candidate.Coefficients));
            }
        }

        return new { Ok = true };
    }

    private (long Id, Verdict Verdict) Read(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("id", out JsonElement idValue) || idValue.ValueKind != JsonValueKind.Number || !idValue.TryGetInt64(out long id))
        {
            throw new ArgumentException($"an entry of 'tell' needs a whole-number 'id', got {entry.GetRawText()}");
        }

        if (!_pending.TryGetValue(id, out Candidate? candidate))
        {
            throw new ArgumentException($"id {id} was not asked for or was told before");
        }

        bool hasObjectives = entry.TryGetProperty("objectives", out JsonElement objectives);
        bool isPruned = entry.TryGetProperty("pruned", out _);
        if (!(hasObjectives || isPruned || entry.TryGetProperty("failed", out _)) || entry.EnumerateObject().Count() != 2)
        {
            throw new ArgumentException($"id {id} needs either 'objectives', 'failed' or 'pruned', and nothing else");
        }

        if (hasObjectives && (objectives.ValueKind != JsonValueKind.Array || objectives.EnumerateArray().Any(number => number.ValueKind != JsonValueKind.Number)))
        {
            throw new ArgumentException($"id {id}: 'objectives' takes a list of numbers, got {objectives.GetRawText()}");
        }

        return (id, new Verdict(candidate, hasObjectives ? [.. objectives.EnumerateArray().Select(number => number.GetDouble())] : null) { IsPruned = isPruned });
    }

    // Of a front no point is the best.
    private object Recommend() => strategy.Recommend() is { } recommendation
        ? new { X = recommendation.Coefficients, recommendation.Basis, recommendation.Expected }
        : _front.Entries.Count > 0 ? new { Front = _front.Entries.Select(entry => new { entry.Item.Id, entry.Item.X, entry.Objectives }) }
        : throw new ArgumentException("nothing was told yet, so there is nothing to recommend");
}
