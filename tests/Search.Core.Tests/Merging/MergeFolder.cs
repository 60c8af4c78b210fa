using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Operators;
using Search.Yaml;

namespace Search.Tests.Merging;

// Small models and files of numbers about them, which are gone after the test.
internal sealed class MergeFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<ModelFamily> _families = [];
    private int _files;

    public static MergeOperator Operator(string name, params IReadOnlyList<string> settings)
    {
        YamlMap map = YamlMap.Of("settings", settings);
        MergeOperator merge = OperatorList.Read(name, map);
        map.End();
        return merge;
    }

    public static float[] Draw(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    // The merged tensors less the base's.
    public static double[][] Delta(ModelFamily family, MergeOperator merge, params double[] coefficients)
    {
        var space = new MergeSpace(merge.Prepare(TaskVectors.Mapped(family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average);
        var merged = new WeightSet(family.Layout);
        new Merger(family.Layout).Merge([space.Decode(coefficients)], [merged]);
        return [.. family.Shared.Select((tensor, t) => merged[t].ToArray().Zip(family.Base.ReadFloats(tensor), (x, origin) => (double)x - origin).ToArray())];
    }

    public string Path => _folder.Path;

    public string Write(params (string Name, long[] Shape, float[] Values)[] tensors) => _folder.Safetensors(
        $"{_files++}.safetensors", [.. tensors.Select(tensor => TensorContent.FromFloats(tensor.Name, TensorType.F64, tensor.Shape, tensor.Values))]);

    // A setting that names a file of each expert.
    public string[] Statistics(params (string Name, long[] Shape, float[] Values)[][] experts) => [.. experts.Select((tensors, k) => $"statistics.e{k}={Write(tensors)}")];

    public ModelFamily Family((string Name, long[] Shape, float[] Values)[] origin, params (string Name, long[] Shape, float[] Values)[][] taus)
    {
        (string, long[], float[])[] Moved((string Name, long[] Shape, float[] Values)[] tau) => [.. origin.Zip(tau, (b, t) => (b.Name, b.Shape, b.Values.Zip(t.Values, (x, y) => x + y).ToArray()))];
        _families.Add(ModelFamily.Open(Write(origin), [.. taus.Select((tau, k) => KeyValuePair.Create($"e{k}", Write(Moved(tau))))], []));
        return _families[^1];
    }

    // Models of one tensor.
    public ModelFamily Family(long[] shape, float[] origin, params float[][] taus) => Family([("w", shape, origin)], [.. taus.Select(tau => new[] { ("w", shape, tau) })]);

    public string[] Statistics(long[] shape, params float[][] experts) => Statistics([.. experts.Select(values => new[] { ("w", shape, values) })]);

    public void Dispose()
    {
        _families.ForEach(family => family.Dispose());
        _folder.Dispose();
    }
}
