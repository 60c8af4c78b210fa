using Search.Checkpoints;

namespace Search.Evaluation;

/// <summary>What a study asks of a graph's data inputs.</summary>
internal static class DataInputs
{
    /// <summary>Refuses inputs that batches cannot feed, and maps that no input takes.</summary>
    /// <param name="path">The graph, for errors.</param>
    /// <param name="inputs">Its data inputs.</param>
    /// <param name="maps">Affine maps by input name.</param>
    /// <exception cref="SearchException">An input or a map does not fit.</exception>
    public static void Check(string path, IReadOnlyList<GraphInput> inputs, IReadOnlyDictionary<string, AffineMap> maps)
    {
        if (inputs.Count == 0)
        {
            throw new SearchException($"{path}: every input of the graph is a weight, so there is nothing to feed batches to.");
        }

        foreach (GraphInput input in inputs)
        {
            if (!TensorTypes.IsFloat(input.Type) && !TensorTypes.Widens(TensorType.Bool, input.Type))
            {
                throw new SearchException($"{path}: input '{input.Name}' takes {TensorTypes.Name(input.Type)}, which batches cannot feed.");
            }
        }

        foreach (string name in maps.Keys)
        {
            GraphInput input = inputs.FirstOrDefault(each => each.Name == name) ?? throw new SearchException(
                $"{path}: the map for input '{name}' has no input to go to{NearestName.Hint(name, inputs.Select(each => each.Name))}.");
            if (!TensorTypes.IsFloat(input.Type))
            {
                throw new SearchException($"{path}: input '{name}' takes {TensorTypes.Name(input.Type)}; scale and offset are for floating-point inputs.");
            }
        }
    }

    /// <summary>Finds the input that <c>next_token</c> reads tokens from.</summary>
    /// <param name="path">The graph, for errors.</param>
    /// <param name="inputs">Its data inputs.</param>
    /// <param name="scores">The scores asked for.</param>
    /// <returns>The input's name, or null when no score reads tokens.</returns>
    /// <exception cref="SearchException">There is no such integer input, or different scores name different ones.</exception>
    public static string? FindTokens(string path, IReadOnlyList<GraphInput> inputs, IReadOnlyList<Score> scores)
    {
        string?[] asked = [.. scores.Where(score => score.Kind == ScoreKind.NextToken).Select(score => score.Tokens).Distinct()];
        if (asked.Length == 0)
        {
            return null;
        }

        string[] integers = [.. inputs.Where(input => !TensorTypes.IsFloat(input.Type)).Select(input => input.Name)];
        if (integers.Length == 0)
        {
            throw new SearchException($"{path}: next_token reads an integer input, and the graph has none.");
        }

        if (asked.FirstOrDefault(name => name is not null && !integers.Contains(name)) is { } unknown)
        {
            throw new SearchException($"{path}: there is no integer input '{unknown}' for next_token to read{NearestName.Hint(unknown, integers)}; there is {string.Join(", ", integers)}.");
        }

        string[] found = [.. asked.Select(name => name ?? integers[0]).Distinct()];
        return found is [{ } only] ? only : throw new SearchException($"{path}: next_token must read one input in all objectives, got {string.Join(" and ", found)}.");
    }
}
