using System.Text.Json;
using Search.Checkpoints;
using Search.Merging;
using static Search.Tests.Merging.MergeFolder;

namespace Search.Tests.Merging;

// The operators against tests/tools/statistics.py, which has them from their formulas again, in double precision.
public sealed class RestatedOperatorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [TestCase("fisher", "", 0.2, 0.5, 0.3)]
    [TestCase("fisher", "normalize=true", 0.2, 0.5, 0.3)]
    [TestCase("gradient_matching", "prior=0.01", 0.4, 1.2, 0.7)]
    [TestCase("regmean", "", 1)]
    [TestCase("regmean", "shrink=0.3", 0.7)]
    [TestCase("tsv_m", "", 1)]
    [TestCase("iso_c", "", 1.3)]
    [TestCase("iso_cts", "", 1)]
    [TestCase("iso_cts", "common=0.3", 1)]
    [TestCase("pcb", "", 1)]
    [TestCase("pcb", "density=0.6", 1.2)]
    [TestCase("pcb", "variant=code", 1)]
    [TestCase("pcb", "variant=code,density=0.8", 1)]
    public void Merge_RandomModels_AgreesWithTheFormulas(string name, string setting, params double[] coefficients)
    {
        // Gradients' squares span orders of magnitude, and so do the singular values of what training changes.
        (string Name, long[] Shape)[] tensors = [("a.bias", [7]), ("a.weight", [24, 40]), ("b.weight", [40, 18]), ("c.conv", [4, 3, 2, 2])];
        string Save(string file, Func<string, long[], int, float[]> values, int seed, params string[] names) => _folder.Safetensors($"{file}.safetensors", [.. tensors
            .Where(tensor => names.Length == 0 || names.Contains(tensor.Name))
            .Select((tensor, t) => TensorContent.FromFloats(tensor.Name, TensorType.F32, names.Length == 0 ? tensor.Shape : [tensor.Shape[1], tensor.Shape[1]], values(tensor.Name, tensor.Shape, seed + t)))]);
        float[] Weights(string tensor, long[] shape, int seed) => Draw(seed, Count(shape));
        float[] Precision(string tensor, long[] shape, int seed) => [.. Draw(seed, Count(shape)).Select(x => MathF.Exp(10 * x))];
        float[] Trained(string tensor, long[] shape, int seed) => [.. Weights(tensor, shape, 1 + Array.FindIndex(tensors, one => one.Name == tensor))
            .Zip(shape.Length == 2 ? Spread(shape, seed) : Draw(seed, Count(shape)), (x, tau) => x + tau)];
        string basePath = Save("base", Weights, 1);
        string[] experts = [.. Enumerable.Range(0, 3).Select(k => Save($"e{k}", Trained, 100 * (k + 1)))];
        List<string> settings = [.. setting.Split(',', StringSplitOptions.RemoveEmptyEntries)];
        List<string> files = [];
        if (name is "fisher" or "gradient_matching" or "regmean")
        {
            files.AddRange(Enumerable.Range(0, 3).Select(k => $"statistics.e{k}={(name == "regmean" ? Save($"f{k}", Gram, 1000 * (k + 1), "a.weight", "b.weight") : Save($"f{k}", Precision, 1000 * (k + 1)))}"));
        }

        if (name == "gradient_matching")
        {
            files.Add($"base_statistics={Save("base-f", Precision, 9000)}");
        }

        using ModelFamily family = ModelFamily.Open(basePath, experts.Select((path, k) => KeyValuePair.Create($"e{k}", path)), []);
        double[][] delta = Delta(family, Operator(name, [.. files, .. settings]), coefficients);
        Dictionary<string, double[]> expected = JsonSerializer.Deserialize<Dictionary<string, double[]>>(
            Restatement.Run("statistics.py", [_folder.Path, name, .. settings, $"coefficients={string.Join(',', coefficients.Select(c => FormattableString.Invariant($"{c}")))}"]))!;
        for (int t = 0; t < tensors.Length; t++)
        {
            float[] origin = family.Base.ReadFloats(family.Shared[t]);
            Assert.That(delta[t].Zip(origin, (d, x) => d + x), Is.EqualTo(expected[family.Shared[t].Name]).Within(2e-6), family.Shared[t].Name);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static int Count(long[] shape) => (int)shape.Aggregate((a, b) => a * b);

    private static float[] Gram(string tensor, long[] shape, int seed)
    {
        int inputs = (int)shape[1];
        float[] x = Draw(seed, 2 * inputs * inputs);
        float Product(int i, int j) => Enumerable.Range(0, 2 * inputs).Sum(row => x[(row * inputs) + i] * x[(row * inputs) + j]);
        return [.. Enumerable.Range(0, inputs * inputs).Select(i => Product(Math.Min(i / inputs, i % inputs), Math.Max(i / inputs, i % inputs)))];
    }

    // A sum of products of which each has half the one before.
    private static float[] Spread(long[] shape, int seed)
    {
        float[] sum = new float[Count(shape)];
        for (int k = 0; k < shape.Min(); k++)
        {
            float[] left = Draw(seed + (10_000 * k), (int)shape[0]);
            float[] right = Draw(seed + (10_000 * k) + 5000, (int)shape[1]);
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += MathF.Pow(0.7f, k) * left[i / shape[1]] * right[i % shape[1]];
            }
        }

        return sum;
    }
}
