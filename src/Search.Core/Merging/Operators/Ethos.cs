using Search.LinearAlgebra;
using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// Leaves of each tensor of τ, in the bases of the base's singular vectors, S = UᵀτV, the elements of at least ξ·max |S|: what is special to a task,
/// to be unlearned by a negative coefficient (Gao et al. 2024, arXiv:2403.08994, §3). Their published code takes the largest signed element instead,
/// which the arbitrary signs of singular vectors decide.
/// </summary>
/// <param name="Threshold">ξ, at least 0; the authors' code has 0.03.</param>
public sealed record Ethos(double Threshold) : MergeOperator("ethos")
{
    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (-1, 1);

    /// <inheritdoc/>
    public override double Initial => -0.5;

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors) => new(vectors, Preparation.PerTensor(vectors, vectors.Names, (tensor, origin, taus) =>
        taus[0].Length == 0 ? taus : Filter(vectors.Layout.Tensors[tensor], origin, taus)));

    /// <inheritdoc/>
    public override IReadOnlyList<string>? KeptVectors(IReadOnlyList<string> experts) => experts;

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("threshold", YamlText.Number(Threshold))];

    // The first axis is rows, the others together columns; a vector is one row.
    private float[][] Filter(WeightSlot tensor, float[] origin, float[][] taus)
    {
        int rows = tensor.Shape.Count < 2 ? 1 : checked((int)tensor.Shape[0]);
        bool turned = rows > origin.Length / rows;
        Matrix Read(float[] values) => turned ? Matrix.Of(values, rows).Transposed() : Matrix.Of(values, rows);
        SingularValues basis = SingularValues.Of(Read(origin));
        return [.. taus.Select(tau =>
        {
            Matrix left = Filter(basis, basis.CompleteLeft!.Times(Read(tau)));
            Matrix kept = basis.CompleteLeft!.Transposed().Times(left);
            return (turned ? kept.Transposed() : kept).ToFloats();
        })];
    }

    // What V does not span has no basis of its own: in each row it is one element, as long as it is.
    private Matrix Filter(SingularValues basis, Matrix left)
    {
        Matrix spanned = left.TimesTransposed(basis.Right);
        Matrix rest = left.Plus(spanned.Times(basis.Right), -1);
        double[] norms = [.. Enumerable.Range(0, rest.Rows).Select(i => Math.Sqrt(VectorKernels.Dot(rest.Row(i), rest.Row(i))))];
        double least = Threshold * Math.Max(norms.Max(), spanned.Elements.Select(Math.Abs).DefaultIfEmpty().Max());
        for (int i = 0; i < spanned.Elements.Length; i++)
        {
            spanned.Elements[i] = Math.Abs(spanned.Elements[i]) >= least ? spanned.Elements[i] : 0;
        }

        rest.ScaleRows([.. norms.Select(norm => norm >= least ? 1.0 : 0)]);
        return rest.Plus(spanned.Times(basis.Right));
    }
}
