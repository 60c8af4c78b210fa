using Search.LinearAlgebra;

namespace Search.Strategies.CmaEs;

/// <summary>Cumulative step-size adaptation: σ grows while the mean's last moves agree, and shrinks while they cancel (Hansen 2016, §3.2).</summary>
/// <param name="n">How many numbers are searched.</param>
/// <param name="stride">Elements of a vector, of which those from n on are zero.</param>
internal sealed class CumulativeStepSize(int n, int stride)
{
    private readonly double[] _path = new double[stride];

    /// <summary>Whether the path is too long to feed the covariance path too: h_σ = 0.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>Lengthens the path by one move of the mean.</summary>
    /// <param name="constants">The rates.</param>
    /// <param name="normal">The move in the coordinates where steps are N(0, I).</param>
    /// <param name="generation">Which generation this is, from 0.</param>
    /// <returns>The factor of σ.</returns>
    public double Update(CmaEsConstants constants, ReadOnlySpan<double> normal, int generation)
    {
        double rate = constants.CumulationSigma;
        double gain = Math.Sqrt(rate * (2 - rate) * constants.MuEff);
        for (int j = 0; j < _path.Length; j++)
        {
            _path[j] = ((1 - rate) * _path[j]) + (gain * normal[j]); // eq. 43
        }

        double squaredLength = VectorKernels.Dot(_path, _path);
        double settled = 1 - Math.Pow(1 - rate, 2 * (generation + 1));
        IsStalled = squaredLength / n / settled >= 2 + (4.0 / (n + 1));
        return Math.Exp(Math.Min(1, rate / constants.DampingSigma * ((Math.Sqrt(squaredLength) / constants.Chi) - 1))); // eq. 44
    }
}
