namespace Search.Strategies.CmaEs;

/// <summary>A start learned from trials of others (WS-CMA-ES: Nomura et al. 2021, arXiv:2012.06932): the mean and the covariance of the best tenth of them.</summary>
internal static class WarmStart
{
    private const double BestShare = 0.1; // γ
    private const double Smoothing = 0.1; // α, in fractions of an axis's range

    /// <summary>Learns a start.</summary>
    /// <param name="trials">Points and their values, at least one.</param>
    /// <param name="start">The start without them.</param>
    /// <param name="options">The settings: with a step size that they name, the search stays around the start, and only the covariance's shape is learned.</param>
    public static RunStart Of(IReadOnlyList<(double[] Point, double Value)> trials, RunStart start, CmaEsOptions options)
    {
        double[][] best = [.. trials.OrderBy(trial => trial.Value).Take(Math.Max(1, (int)(BestShare * trials.Count))).Select(trial => trial.Point)];
        int n = start.Mean.Length;
        double[] mean = [.. Enumerable.Range(0, n).Select(j => best.Average(point => point[j]))];
        double[] variances = [.. Enumerable.Range(0, n).Select(j => (Smoothing * Smoothing) + best.Average(point => (point[j] - mean[j]) * (point[j] - mean[j])))];
        RunStart learned = options.Sigma is null ? start with { Mean = mean } : start;
        if (options.Kind != CmaEsKind.Full)
        {
            double scale = Math.Exp(variances.Average(Math.Log) / 2);
            return learned with { Sigma = options.Sigma is null ? scale : start.Sigma, Deviations = [.. variances.Select(variance => Math.Sqrt(variance) / scale)] };
        }

        double[] covariance = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                covariance[(i * n) + j] = best.Average(point => (point[i] - mean[i]) * (point[j] - mean[j]));
            }

            covariance[(i * n) + i] = variances[i];
        }

        // σ = det(Σ)^(1/2n), C = Σ / σ²
        double sigma = Math.Exp(LogDeterminant(covariance, n) / (2 * n));
        for (int i = 0; i < covariance.Length; i++)
        {
            covariance[i] /= sigma * sigma;
        }

        return learned with { Sigma = options.Sigma is null ? sigma : start.Sigma, Covariance = covariance };
    }

    private static double LogDeterminant(double[] covariance, int n)
    {
        var cholesky = new LinearAlgebra.Cholesky();
        return cholesky.TryFactor(covariance, n) ? cholesky.LogDeterminant : n * Math.Log(Smoothing * Smoothing); // Σ ≥ α² I
    }
}
