namespace Search.Merging;

/// <summary>How the experts vote on the sign of an element (Yadav et al. 2023, arXiv:2306.01708, §3).</summary>
public enum SignVote
{
    /// <summary>By value: the sign of the sum.</summary>
    Mass,

    /// <summary>One expert, one vote: the sign that most have; zeros do not vote.</summary>
    Count,
}
