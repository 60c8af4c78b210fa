namespace Search.Strategies.Genetic;

/// <summary>Decides when a search has nothing left to do, beside the study's own budget.</summary>
public interface ITermination
{
    /// <summary>Looks at the search after a generation.</summary>
    /// <param name="generation">How many generations are complete; at least 1.</param>
    /// <param name="improved">The last complete generation that found a new best objective, from 1; 0 when none did.</param>
    /// <returns>Why the search ends, or null to go on.</returns>
    string? Reason(int generation, int improved);
}
