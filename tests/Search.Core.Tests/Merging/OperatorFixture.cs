using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Operators;
using Search.Yaml;

namespace Search.Tests.Merging;

/// <summary>Merges models of a few numbers with operators as studies name them.</summary>
public abstract class OperatorFixture : IDisposable
{
    // One tensor with zeros, sign conflicts and a near-cancelling element.
    private protected static readonly float[] Base = [1, -2, 0.5f, 4, 0, 10];
    private protected static readonly float[][] Tau = [[0.4f, -0.2f, 0.1f, 0, -0.3f, 0.05f], [-0.1f, -0.6f, 0.2f, 0.5f, 0.35f, 0], [0.2f, 0.3f, 0, -0.45f, 0.1f, -0.04f]];

    /// <summary>The operators whose settings name no files.</summary>
    private protected static IEnumerable<string> WithoutFiles => OperatorList.Names.Where(name => name is not ("masked" or "fisher" or "gradient_matching" or "regmean"));

    private protected TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static MergeOperator Operator(string name, string settings)
    {
        YamlMap map = YamlMap.Of("settings", settings.Split(',', StringSplitOptions.RemoveEmptyEntries));
        MergeOperator merge = OperatorList.Read(name, map);
        map.End();
        return merge;
    }

    private protected double[] Delta(MergeOperator merge, double[] coefficients, string? expert = null) => Delta(merge, coefficients, Tau, Base, expert);

    // The merged model less the base.
    private protected double[] Delta(MergeOperator merge, double[] coefficients, float[][] taus, float[] origin, string? expert = null, long[]? shape = null)
    {
        using ModelFamily family = Family(
            $"{Guid.NewGuid()}", [("w", origin)], [.. taus.Select(tau => new[] { ("w", origin.Zip(tau, (x, t) => x + t).ToArray()) })], shape);
        return [.. Merge(family, merge, coefficients, expert)[0].Zip(origin, (merged, x) => merged - (double)x)];
    }

    private protected static double[][] Merge(ModelFamily family, MergeOperator merge, double[] coefficients, string? expert = null)
    {
        var space = new MergeSpace(merge.Prepare(TaskVectors.Mapped(family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average);
        var merged = new WeightSet(family.Layout);
        new Merger(family.Layout).Merge([space.Decode(coefficients, expert)], [merged]);
        return [.. family.Layout.Tensors.Select((_, t) => merged[t].ToArray().Select(value => (double)value).ToArray())];
    }

    private protected ModelFamily Family(string name, (string Name, float[] Values)[] origin, (string Name, float[] Values)[][] experts, long[]? shape = null)
    {
        string Save(string file, (string Name, float[] Values)[] tensors) => Folder.Safetensors(
            $"{name}-{file}.safetensors", [.. tensors.Select(tensor => TensorContent.FromFloats(tensor.Name, TensorType.F64, shape ?? [tensor.Values.Length], tensor.Values))]);
        return ModelFamily.Open(Save("base", origin), [.. experts.Select((tensors, k) => KeyValuePair.Create($"e{k}", Save($"e{k}", tensors)))], []);
    }
}
