using Search.Merging.Sparsifiers;

namespace Search.Merging.Operators;

/// <summary>
/// Takes from the first expert what is an anti-expert's alone: of each row w₂ of an anti-expert, λ₂·(w₂ − ⟨w₂, u⟩u) is subtracted, where u is the
/// direction halfway between w₂ and the first expert's row (Ext-Sub: Hu et al. 2024, arXiv:2308.08090, §3). Rows of norm zero have no direction.
/// </summary>
public sealed record ExtractSubtract() : Correction("ext_sub")
{
    /// <inheritdoc/>
    protected override void Correct(WeightSlot tensor, ReadOnlySpan<float> first, Span<float> other, int count)
    {
        int length = Rows.Length(tensor);
        for (int start = 0; start < other.Length; start += length)
        {
            Subtract(first.Slice(start, length), other.Slice(start, length));
        }
    }

    private static void Subtract(ReadOnlySpan<float> expert, Span<float> anti)
    {
        double Inverse(double square) => square > 0 ? 1 / Math.Sqrt(square) : 0;
        double expertScale = Inverse(Dot(expert, expert));
        double antiScale = Inverse(Dot(anti, anti));
        double cosine = Dot(expert, anti) * expertScale * antiScale;

        // With a and b of length 1, u = (a + b)/‖a + b‖ and ‖a + b‖² = 2 + 2·a·b where neither is zero.
        double square = (expertScale > 0 ? 1 : 0) + (antiScale > 0 ? 1 : 0) + (2 * cosine);
        double along = antiScale > 0 ? (cosine + 1) / antiScale : 0; // ⟨w₂, a + b⟩
        for (int i = 0; i < anti.Length; i++)
        {
            double common = (expert[i] * expertScale) + (anti[i] * antiScale);
            anti[i] = (float)((square > 1e-15 ? along * common / square : 0) - anti[i]);
        }
    }
}
