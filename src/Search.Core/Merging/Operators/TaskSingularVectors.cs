using Search.LinearAlgebra;

namespace Search.Merging.Operators;

/// <summary>
/// Keeps of each matrix τₖ the largest of its singular values, their share of all, and adds the rest up once the experts' singular vectors
/// are made orthonormal together by the least change (TSV-Merge: Gargiulo et al. 2025, arXiv:2412.00081, §4.2 and alg. 1). Other tensors are averaged.
/// </summary>
public sealed record TaskSingularVectors() : MergedVector("tsv_m", 1)
{
    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 3);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [];

    /// <inheritdoc/>
    protected override TaskVectors Make(TaskVectors vectors) => MatrixPreparation.OfMatrices(vectors, taus =>
    {
        int share = Math.Max(1, Math.Min(taus[0].Rows, taus[0].Columns) / taus.Length);
        SingularValues[] all = [.. taus.Select(SingularValues.Of)];
        return MatrixPreparation.Assemble(
            [.. all.Select(one => one.Left.First(Math.Min(share, one.Values.Length)))],
            [.. all.Select(one => one.Right.First(Math.Min(share, one.Values.Length)))],
            [.. all.SelectMany(one => one.Values.Take(share))]);
    });
}
