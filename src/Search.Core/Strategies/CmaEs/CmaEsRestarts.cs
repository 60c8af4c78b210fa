namespace Search.Strategies.CmaEs;

/// <summary>What follows when a run of CMA-ES can achieve no more.</summary>
public enum CmaEsRestarts
{
    /// <summary>Nothing: the search stops.</summary>
    None,

    /// <summary>A run with twice as many candidates a generation.</summary>
    Ipop,

    /// <summary>Such a run or one with few candidates and small steps, whichever kind has used fewer evaluations.</summary>
    Bipop,
}
