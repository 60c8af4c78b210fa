namespace Search.Evaluation;

/// <summary>What a task's outputs can be turned into. Every score but <see cref="Accuracy"/> and <see cref="Given"/> is better when smaller.</summary>
public enum ScoreKind
{
    /// <summary>The mean entropy of the predictions, −Σ p ln p in nats (AdaMerging, arXiv:2310.02575, eq. 5).</summary>
    Entropy,

    /// <summary><see cref="Entropy"/> divided by ln C, so that tasks with different numbers of classes weigh alike.</summary>
    EntropyNormalised,

    /// <summary>The entropy of the mean prediction over all rows: small when every row gets the same answer.</summary>
    MarginalEntropy,

    /// <summary><see cref="Entropy"/> − <see cref="MarginalEntropy"/>: minus the mutual information of row and prediction. Confident and diverse is best.</summary>
    Infomax,

    /// <summary>The mean of T²·KL(expert ‖ merged) of softmaxes at temperature T (Hinton et al. 2015, arXiv:1503.02531).</summary>
    Kl,

    /// <summary>The mean cross-entropy against the class that the expert ranks first.</summary>
    PseudoLabel,

    /// <summary>The mean over examples of the mean |a − b| between a node's values in the merged model and in the expert.</summary>
    FeatureL1,

    /// <summary>The mean over examples of the mean (a − b)².</summary>
    FeatureL2,

    /// <summary>The mean over examples of 1 − cos(a, b), each example flattened.</summary>
    FeatureCosine,

    /// <summary>The mean cross-entropy against the labels.</summary>
    CrossEntropy,

    /// <summary>The fraction of rows whose largest logit is the label's; larger is better, so it is recorded and never minimised.</summary>
    Accuracy,

    /// <summary>Over logits [examples, tokens, vocabulary]: the mean cross-entropy of each token given those before it.</summary>
    NextToken,

    /// <summary>A number that a command prints under a name of its own; the study says which values are better.</summary>
    Given,
}
