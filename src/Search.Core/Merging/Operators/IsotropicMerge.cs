using Search.LinearAlgebra;
using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// Sums each matrix's τₖ and makes all its singular values their mean (Iso-C); of a part of the subspace less than all, the rest is given
/// to what each expert has beyond it, alike many singular vectors each (Iso-CTS; Marczak et al. 2025, arXiv:2502.04959, §4). Other tensors are averaged.
/// </summary>
/// <param name="Common">Which fraction of the subspace is the sum's, in [0, 1], or null for Iso-C; the authors' Iso-CTS has 0.8.</param>
public sealed record IsotropicMerge(double? Common) : MergedVector(Common is null ? "iso_c" : "iso_cts", 1)
{
    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 3);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => Common is { } common ? [("common", YamlText.Number(common))] : [];

    /// <inheritdoc/>
    protected override TaskVectors Make(TaskVectors vectors) => MatrixPreparation.OfMatrices(vectors, taus =>
    {
        // The specific part is a multiple of the number of experts, rounded as the authors' code does.
        int size = Math.Min(taus[0].Rows, taus[0].Columns);
        int own = Math.Min(size / taus.Length, (int)Math.Round((size - Math.Floor(size * (Common ?? 1))) / taus.Length));
        SingularValues sum = SingularValues.Of(taus.Aggregate((one, other) => one.Plus(other)));
        int common = Math.Min(size - (own * taus.Length), sum.Values.Length);
        Matrix basis = sum.Left.First(common);
        SingularValues[] rest = own == 0 ? [] : [.. taus.Select(tau => SingularValues.Of(tau.Plus(basis.Transposed().Times(basis.Times(tau)), -1)))];
        double mean = (rest.Sum(one => one.Values.Take(own).Sum()) + sum.Values.Take(common).Sum()) / size;
        return MatrixPreparation.Assemble(
            [.. rest.Select(one => one.Left.First(Math.Min(own, one.Values.Length))), basis],
            [.. rest.Select(one => one.Right.First(Math.Min(own, one.Values.Length))), sum.Right.First(common)],
            [.. Enumerable.Repeat(mean, rest.Sum(one => Math.Min(own, one.Values.Length)) + common)]);
    });
}
