namespace Search.Evaluation;

/// <summary>The names of scores, as studies and ledgers write them.</summary>
public static class ScoreNames
{
    /// <summary>Mean prediction entropy in nats; lower is more confident. Needs no labels.</summary>
    public const string Entropy = "entropy";

    /// <summary>The fraction of examples whose greatest logit is the label's. Needs labels.</summary>
    public const string Accuracy = "accuracy";
}
