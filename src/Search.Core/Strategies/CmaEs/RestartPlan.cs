namespace Search.Strategies.CmaEs;

/// <summary>How the next run of a search differs from the first.</summary>
/// <param name="Lambda">Points a generation.</param>
/// <param name="SigmaFactor">The factor of the first run's step size.</param>
/// <param name="MaximalGenerations">After how many generations it stops at the latest.</param>
internal sealed record RestartPlan(int Lambda, double SigmaFactor, int MaximalGenerations);
