namespace Search.Merging.Operators;

/// <summary>
/// Adds to a clean model, the first expert, the mean of what others learned about corruptions: of each tensor of theirs what is orthogonal to
/// the clean model's task vector (robust weight signatures: Cai et al. 2023, arXiv:2302.12480, §3).
/// </summary>
public sealed record RobustSignatures() : Correction("rws")
{
    /// <inheritdoc/>
    protected override void Correct(WeightSlot tensor, ReadOnlySpan<float> first, Span<float> other, int count)
    {
        double square = Dot(first, first);
        double share = square > 0 ? Dot(first, other) / square : 0;
        for (int i = 0; i < other.Length; i++)
        {
            other[i] = (float)((other[i] - (share * first[i])) / count);
        }
    }
}
