using System.Globalization;

namespace Search.Evaluation;

/// <summary>What a task's outputs are turned into: a kind and its settings.</summary>
/// <param name="Kind">The kind.</param>
public sealed record Score(ScoreKind Kind)
{
    /// <summary>The kinds by the names studies use.</summary>
    public static IReadOnlyDictionary<string, ScoreKind> Kinds { get; } = new Dictionary<string, ScoreKind>
    {
        [PredictionScores.Entropy] = ScoreKind.Entropy,
        ["entropy_normalised"] = ScoreKind.EntropyNormalised,
        [PredictionScores.MarginalEntropy] = ScoreKind.MarginalEntropy,
        [PredictionScores.Infomax] = ScoreKind.Infomax,
        ["kl"] = ScoreKind.Kl,
        ["pseudo_label"] = ScoreKind.PseudoLabel,
        ["feature_l1"] = ScoreKind.FeatureL1,
        ["feature_l2"] = ScoreKind.FeatureL2,
        ["feature_cosine"] = ScoreKind.FeatureCosine,
        ["cross_entropy"] = ScoreKind.CrossEntropy,
        [PredictionScores.Accuracy] = ScoreKind.Accuracy,
        ["next_token"] = ScoreKind.NextToken,
    };

    /// <summary>The temperature both softmaxes of <see cref="ScoreKind.Kl"/> are taken at; positive.</summary>
    /// <value>The default is 1.</value>
    public double Temperature { get; init; } = 1;

    /// <summary>For features: the graph output or node output that is compared.</summary>
    public string? Node { get; init; }

    /// <summary>For <see cref="ScoreKind.NextToken"/>: the graph input that holds the tokens; null for the first integer input.</summary>
    public string? Tokens { get; init; }

    /// <summary>For <see cref="ScoreKind.Given"/>: the name that the command prints it under.</summary>
    public string? Key { get; init; }

    /// <summary>The kind's name in studies.</summary>
    public string Word => Key ?? Kinds.First(kind => kind.Value == Kind).Key;

    /// <summary>The score's key among a task's scores, such as <c>kl</c>, <c>kl@2</c> or <c>feature_l2:/encoder/out</c>.</summary>
    public string Name => Suffixed(Word);

    /// <summary>Whether it cannot be had without labels.</summary>
    public bool NeedsLabels => Kind is ScoreKind.CrossEntropy or ScoreKind.Accuracy;

    /// <summary>Whether it compares with what the task's own expert gives on the same batch.</summary>
    public bool NeedsExpert => IsFeature || Kind is ScoreKind.Kl or ScoreKind.PseudoLabel;

    /// <summary>Whether it compares the value of a node.</summary>
    public bool IsFeature => Kind is ScoreKind.FeatureL1 or ScoreKind.FeatureL2 or ScoreKind.FeatureCosine;

    /// <summary>The key of exp(<see cref="ScoreKind.NextToken"/>), which is recorded beside it.</summary>
    internal string PerplexityName => Suffixed(PredictionScores.Perplexity);

    private string Suffixed(string word)
    {
        string temperature = Temperature == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"@{Temperature}");
        return $"{word}{temperature}{((Node ?? Tokens) is { } place ? $":{place}" : "")}";
    }
}
