namespace Search.Strategies.GreedySoup;

/// <summary>In which order experts are offered to a greedy soup.</summary>
public enum SoupOrder
{
    /// <summary>By their scores alone, the best first.</summary>
    Score,

    /// <summary>As they are listed, which for the checkpoints of a training run is that of time.</summary>
    List,
}
