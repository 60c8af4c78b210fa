namespace Search.Merging;

/// <summary>The linear map from coefficients to the values of groups of tensors, value = Σ share · coefficient for each expert, as a sparse matrix.</summary>
/// <param name="Sources">How many coefficients an expert has.</param>
/// <param name="Rows">By group: the coefficients that it mixes, and how much of each.</param>
internal sealed record CoefficientMix(int Sources, IReadOnlyList<IReadOnlyList<(int Source, double Share)>> Rows)
{
    /// <summary>Gives each group its values.</summary>
    /// <param name="coefficients">The coefficients, expert by expert for each source.</param>
    /// <param name="columns">How many experts there are.</param>
    /// <returns>The values, expert by expert for each group.</returns>
    public double[] Spread(ReadOnlySpan<double> coefficients, int columns)
    {
        var values = new double[Rows.Count * columns];
        for (int group = 0; group < Rows.Count; group++)
        {
            foreach ((int source, double share) in Rows[group])
            {
                for (int k = 0; k < columns; k++)
                {
                    values[(group * columns) + k] += share * coefficients[(source * columns) + k];
                }
            }
        }

        return values;
    }

    /// <summary>The transpose: adds up what groups give each coefficient, such as derivatives.</summary>
    /// <param name="values">A value for each group and expert.</param>
    /// <param name="columns">How many experts there are.</param>
    /// <returns>One for each source and expert.</returns>
    public double[] Gather(ReadOnlySpan<double> values, int columns)
    {
        var coefficients = new double[Sources * columns];
        for (int group = 0; group < Rows.Count; group++)
        {
            foreach ((int source, double share) in Rows[group])
            {
                for (int k = 0; k < columns; k++)
                {
                    coefficients[(source * columns) + k] += share * values[(group * columns) + k];
                }
            }
        }

        return coefficients;
    }
}
