namespace Search.Results;

/// <summary>A rank correlation with its bootstrap interval; not a number where one side does not vary.</summary>
/// <param name="Value">The correlation, −1 to 1.</param>
/// <param name="Low">The 2.5 % percentile over resamples.</param>
/// <param name="High">The 97.5 % percentile over resamples.</param>
public readonly record struct Correlation(double Value, double Low, double High);
