namespace Search.Strategies.Bayesian;

/// <summary>What a Gaussian process says of one point beside its means.</summary>
/// <param name="Variance">The variance of the function there, noise excluded; positive.</param>
/// <param name="Whitened">L⁻¹k, for the derivatives.</param>
/// <param name="Slopes">The slopes of the covariances, for the derivatives.</param>
internal readonly record struct Prediction(double Variance, double[] Whitened, double[] Slopes);
