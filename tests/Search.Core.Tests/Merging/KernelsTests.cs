using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Kernels;
using Search.Merging.Sparsifiers;

namespace Search.Tests.Merging;

public sealed class KernelsTests
{
    private static readonly int[] Lengths = [0, 1, 15, 16, 63, 64, 99, 1000, 2049];

    [Test]
    public void Load_EveryStoredValue_IsThatValue([Values(TensorType.F16, TensorType.BF16)] TensorType type)
    {
        ushort[] stored = [.. Enumerable.Range(0, 1 << 16).Select(bits => (ushort)bits)];
        VectorTensor vectors = VectorTensor.OfStored([stored], type);
        float[] origin = new float[Merger.Slice];
        float[] merged = new float[stored.Length];
        MergeWeights weights = Weights(1, [1]);
        for (int start = 0; start < stored.Length; start += Merger.Slice)
        {
            Array.Fill(origin, -0f); // so that a negative zero stays one
            vectors.Merge([weights], 0, origin, start, [merged], start);
        }

        Assert.That(merged, Is.EqualTo(stored.Select(bits => type == TensorType.F16
            ? (float)BitConverter.UInt16BitsToHalf(bits)
            : BitConverter.UInt32BitsToSingle((uint)bits << 16))).Using<float>((a, b) => BitConverter.SingleToUInt32Bits(a) == BitConverter.SingleToUInt32Bits(b) || (float.IsNaN(a) && float.IsNaN(b))));
    }

    // γ = (K + 1)·2⁻²⁴ bounds the relative error of K fused additions to a rounded product.
    [Test]
    public void Merge_Sum_IsThatOfTheStoredVectors([Values(TensorType.F32, TensorType.BF16, TensorType.F16)] TensorType type, [ValueSource(nameof(Lengths))] int length, [Values(1, 5, 8)] int experts)
    {
        (float[] origin, float[][] stored, VectorTensor vectors) = Draw(length, experts, type, 0);
        MergeWeights weights = Weights(experts, [.. Enumerable.Range(0, experts).Select(k => k == 3 ? 0 : (0.2f * k) - 0.5f)]);
        weights.Base(0) = 0.75f;
        float[] merged = Merge(vectors, weights, origin, 0);
        for (int i = 0; i < length; i++)
        {
            double sum = 0.75 * (double)origin[i];
            double size = Math.Abs(sum);
            for (int k = 0; k < experts; k++)
            {
                sum += (double)weights[0][k] * stored[k][i];
                size += Math.Abs((double)weights[0][k] * stored[k][i]);
            }

            Assert.That(merged[i], Is.EqualTo(sum).Within((experts + 1) * Math.Pow(2, -24) * size), $"element {i}");
        }
    }

    [Test]
    public void Merge_Election_IsThatOfTheStoredVectors(
        [Values(TensorType.F32, TensorType.BF16, TensorType.F16)] TensorType type, [ValueSource(nameof(Lengths))] int length, [Values] SignVote vote, [Values] bool divides, [Values] bool tiePositive)
    {
        const int Experts = 5;
        (float[] origin, float[][] stored, VectorTensor vectors) = Draw(length, Experts, type, 0.4);
        MergeWeights weights = Weights(Experts, [0.5f, 0, 1.5f, -0.25f, 1], new ReduceRule(vote, divides, 0.75f, tiePositive));
        float[] merged = Merge(vectors, weights, origin, 0);
        for (int i = 0; i < length; i++)
        {
            double[] products = [.. stored.Select((vector, k) => (double)vector[i] * weights[0][k])];
            double votes = products.Sum(product => vote == SignVote.Mass ? product : Math.Sign(product));
            int sign = votes > 0 || (tiePositive && votes == 0) ? 1 : -1;
            int[] agreeing = [.. Enumerable.Range(0, Experts).Where(k => Math.Sign(products[k]) == sign)];
            double divisor = agreeing.Sum(k => (double)weights[0][k]);
            double expected = origin[i] + (0.75 * agreeing.Sum(k => products[k]) / (divides && Math.Abs(divisor) >= 1e-8 ? divisor : 1));
            Assert.That(merged[i], Is.EqualTo(expected).Within(1e-5), $"element {i}");
        }
    }

    // What is one of 16 or 64 lanes in one slice is among those left over, one by one, in another: the bits are the same.
    [Test]
    public void Merge_SlicesThatBeginAnywhere_GiveTheSameBits([Values(TensorType.F32, TensorType.BF16, TensorType.F16)] TensorType type, [Values] bool elects)
    {
        const int Length = 200;
        (float[] origin, _, VectorTensor vectors) = Draw(Length, 8, type, elects ? 0.4 : 0);
        MergeWeights[] candidates = [.. Enumerable.Range(0, 9).Select(p => Weights(8, [.. Enumerable.Range(0, 8).Select(k => (0.3f * (p + 1)) - (0.2f * k) + 0.01f)], elects ? new ReduceRule(SignVote.Mass, true, 1, true) : null))];
        float[][] whole = [.. candidates.Select(candidate => Merge(vectors, candidate, origin, 0))];
        for (int start = 0; start < Length; start += 7)
        {
            for (int length = 1; start + length <= Length; length += 23)
            {
                float[][] parts = [.. candidates.Select(_ => new float[length])];
                vectors.Merge(candidates, 0, origin.AsSpan(start, length), start, parts.Select(part => part.AsMemory()).ToArray(), 0);
                Assert.That(parts, Is.EqualTo(whole.Select(merged => merged[start..(start + length)])), $"{length} elements from {start}");
            }
        }
    }

    [Test]
    public void Merge_ZeroWeightAmongMany_TakesNoPartWhateverTheVectorHolds()
    {
        VectorTensor vectors = VectorTensor.Of([Enumerable.Repeat(float.NaN, 100).ToArray(), Enumerable.Repeat(2f, 100).ToArray()], TensorType.F32);
        MergeWeights[] candidates = [.. Enumerable.Range(0, 8).Select(p => Weights(2, [p == 5 ? 0 : 1, 1]))];
        float[][] merged = [.. candidates.Select(_ => new float[100])];
        vectors.Merge(candidates, 0, new float[100], 0, merged.Select(one => one.AsMemory()).ToArray(), 0);
        Assert.That(merged[5], Is.All.EqualTo(2));
        Assert.That(merged[4], Is.All.NaN);
    }

    // A lane sums 64 products in float32, so an error of 64·2⁻²⁴ of their magnitudes bounds it.
    [Test]
    public void AddDots_AnyLength_IsTheProductWithTheStoredVectors([Values(TensorType.F32, TensorType.BF16, TensorType.F16)] TensorType type, [Values(0, 1, 16, 99, 1000, 1024)] int length, [Values(1, 3, 4, 6)] int experts)
    {
        (float[] values, float[][] stored, VectorTensor vectors) = Draw(length, experts, type, 0);
        double[] sums = [.. Enumerable.Range(0, experts).Select(k => (double)k)];
        vectors.AddDots(values, 0, sums);
        for (int k = 0; k < experts; k++)
        {
            double expected = k + values.Zip(stored[k], (a, b) => (double)a * b).Sum();
            Assert.That(sums[k], Is.EqualTo(expected).Within(64 * Math.Pow(2, -24) * values.Zip(stored[k], (a, b) => Math.Abs((double)a * b)).Sum()), $"expert {k}");
        }
    }

    [Test]
    public void Drop_AnyRun_DropsWhatItsBitsSay([Values(0, 1, 15, 100, 1037)] int length, [Values(0, 13)] int first)
    {
        var mask = new MaskBits(7, "expert", "tensor");
        float[] values = [.. Enumerable.Range(0, length).Select(i => i - 50.5f)];
        float[] kept = [.. values];
        mask.Drop(kept, first, 3_000_000_000, 3.3f, kept);
        Assert.That(kept, Is.EqualTo(values.Select((value, i) => mask[first + i] < 3_000_000_000 ? 0 : value * 3.3f)));
    }

    [Test]
    public void Round_AnyValue_IsOffByAtMostWhatIsPromised([Values(TensorType.BF16, TensorType.F16)] TensorType type)
    {
        var random = new Random(5);
        float[] values = [.. Enumerable.Range(0, 5000).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-9, 3))))];
        float[] rounded = [.. values];
        VectorTensor.Round(rounded, type);
        foreach ((float value, float near) in values.Zip(rounded))
        {
            Assert.That(Math.Abs((double)near - value), Is.AtMost(type == TensorType.BF16 ? Math.Abs(value) * Math.Pow(2, -8) : Math.Max(Math.Abs(value) * Math.Pow(2, -11), Math.Pow(2, -25))));
        }

        Assert.That(VectorTensor.Of([values], type).Whole(0), Is.EqualTo(rounded), "which is what is stored");
    }

    private static float[] Merge(VectorTensor vectors, MergeWeights weights, float[] origin, int start)
    {
        float[] merged = new float[origin.Length];
        vectors.Merge([weights], 0, origin, start, [merged], 0);
        return merged;
    }

    // One tensor, one piece; what the vectors hold does not matter to weights.
    private static MergeWeights Weights(int experts, float[] values, ReduceRule? rule = null)
    {
        var origin = new MemoryWeights("base");
        var family = new ModelFamily(origin, [.. Enumerable.Range(0, experts).Select(k => KeyValuePair.Create($"e{k}", (Checkpoint)new MemoryWeights($"e{k}")))], []);
        var weights = new MergeWeights(TaskVectors.Mapped(family), null, rule);
        values.CopyTo(weights[0]);
        weights.IsRuled(0) = rule is not null;
        return weights;
    }

    private static (float[] Origin, float[][] Stored, VectorTensor Vectors) Draw(int length, int experts, TensorType type, double zeros)
    {
        var random = new Random(length + experts);
        float[] Values(double dropped) => [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() < dropped ? 0 : (float)(random.NextDouble() - 0.5))];
        float[] origin = Values(0);
        float[][] vectors = [.. Enumerable.Range(0, experts).Select(_ => Values(zeros))];
        float[][] stored = [.. vectors.Select(vector => vector.ToArray())];
        Array.ForEach(stored, vector => VectorTensor.Round(vector, type));
        return (origin, stored, VectorTensor.Of(vectors, type));
    }

    private sealed class MemoryWeights(string name) : Checkpoint(name, [new TensorInfo("w", TensorType.F32, [1], name, 0, sizeof(float))], new Dictionary<string, string>())
    {
        public override void ReadBytes(TensorInfo tensor, long byteOffset, Span<byte> destination) => destination.Clear();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
