namespace Search.Evaluation;

/// <summary>Why a checkpoint tensor stands for a tensor of the graph.</summary>
internal enum BindingRule
{
    /// <summary>They have one name.</summary>
    Name,

    /// <summary>The study renames the one to the other.</summary>
    Rename,

    /// <summary>The base model's values are the graph's.</summary>
    Content,
}
