using Search.LinearAlgebra;
using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// Makes of each linear layer what answers the experts' inputs most like they do, W = (Σ WₖG̃ₖ)·(Σ G̃ₖ)⁻¹ with W out × in and Gₖ = XₖᵀXₖ, and
/// averages everything else (Jin et al. 2023, arXiv:2212.09849, eq. 2 and §3.2). Experts' weights would take a solve a candidate, so that one vector is left.
/// </summary>
/// <param name="Shrink">α, what elements off the diagonals are multiplied by: G̃ = α·G + (1 − α)·diag G; in [0, 1].</param>
/// <param name="Ridge">What is added to each diagonal, as a fraction of its mean: in directions that no expert saw it makes the layer their mean, weighted by these means.</param>
/// <param name="Orientation">How the layers' weights lie.</param>
/// <param name="Files">The experts' Gₖ, in × in: checkpoints that have them under the weights' names, or those with <c>.gram</c> appended.</param>
public sealed record RegMean(double Shrink, double Ridge, WeightOrientation Orientation, SettingFiles Files) : MergedVector("regmean", 1)
{
    // A pivot below this fraction of its diagonal element is rounding.
    private const double Nothing = 1e-12;

    /// <summary>The setting that names the files.</summary>
    public const string Key = "statistics";

    /// <inheritdoc/>
    public override SettingFiles Files { get; } = Files;

    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 2);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() =>
        [("shrink", YamlText.Number(Shrink)), ("ridge", YamlText.Number(Ridge)), ("orientation", Orientation == WeightOrientation.OutIn ? "out_in" : "in_out")];

    /// <inheritdoc/>
    protected override TaskVectors Make(TaskVectors vectors)
    {
        Statistics[] files = Statistics.OfExperts(this, vectors.Family, Key);
        bool[] isKnown = [.. vectors.Layout.Tensors.Select((tensor, t) => vectors.Family.IsMerged[t] && files.Any(file => file.Has(Names(tensor))))];
        if (!isKnown.Contains(true))
        {
            throw new MergeException($"regmean: no statistics have a matrix for any tensor that merges, such as '{vectors.Layout.Tensors[0].Name}' or '{vectors.Layout.Tensors[0].Name}.gram'.");
        }

        return Preparation.Reduced(vectors, (tensor, taus) => isKnown[tensor] ? Solve(vectors.Layout.Tensors[tensor], files, taus) : Preparation.Average(taus));
    }

    private static string[] Names(WeightSlot tensor) => [tensor.Name, $"{tensor.Name}.gram"];

    private float[] Solve(WeightSlot tensor, Statistics[] files, float[][] taus)
    {
        bool turned = Orientation == WeightOrientation.InOut && tensor.Shape.Count > 1;
        int first = tensor.Shape.Count > 1 ? checked((int)tensor.Shape[0]) : 1;
        Matrix? gram = null;
        Matrix? products = null;
        for (int k = 0; k < taus.Length; k++)
        {
            Matrix tau = turned ? Matrix.Of(taus[k], first).Transposed() : Matrix.Of(taus[k], first);
            Matrix own = Shrunk(files[k].Symmetric(tau.Columns, Names(tensor)), tau.Columns);
            Matrix product = tau.TimesTransposed(own);
            gram = gram is null ? own : gram.Plus(own);
            products = products is null ? product : products.Plus(product);
        }

        // Rows of W − θ₀ solve (Σ G̃)·x = (Σ τₖG̃ₖ)ᵀ.
        var factor = new Cholesky();
        int size = gram!.Rows;
        if (!factor.TryFactor(gram.Elements, size) || Enumerable.Range(0, size).Any(i => factor.Row(i)[i] * factor.Row(i)[i] <= Nothing * gram.Row(i)[i]))
        {
            throw new MergeException($"regmean: the experts' matrices of '{tensor.Name}' sum to a singular one, so that no single layer fits best; 'ridge' above 0, such as 0.001, chooses one.");
        }

        factor.SolveLower(products!.Elements);
        Parallel.For(0, products.Rows, row => factor.SolveUpper(products.Row(row)));
        return (turned ? products.Transposed() : products).ToFloats();
    }

    private Matrix Shrunk(float[] values, int size)
    {
        Matrix gram = Matrix.Of(values, size);
        double mean = Enumerable.Range(0, size).Average(i => gram.Row(i)[i]);
        for (int i = 0; i < size; i++)
        {
            Span<double> row = gram.Row(i);
            for (int j = 0; j < size; j++)
            {
                row[j] = i == j ? row[j] + (Ridge * mean) : Shrink * row[j];
            }
        }

        return gram;
    }
}
