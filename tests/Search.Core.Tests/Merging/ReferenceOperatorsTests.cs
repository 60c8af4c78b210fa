using System.Text.Json;
using Search.Checkpoints;
using Search.Merging;

namespace Search.Tests.Merging;

/// <summary>Every operator beside tests/tools/operators.py, which restates them from their formulas in another language.</summary>
public sealed class ReferenceOperatorsTests : OperatorFixture
{
    private const double Rounding = 2e-6;

    private static readonly (string Operator, string Settings, double[] Coefficients, string? Task)[] Cases =
    [
        .. One("ties", "", "density=0.5", "scope=tensor", "scope=row,density=0.4", "vote=count,tie=positive", "tie=negative,reduce=sum", "reduce=largest", "variant=fusionbench", "variant=fusionbench,scope=tensor,density=0.37,reduce=mean"),
        .. Three("ties", "variant=mergekit", "variant=mergekit,density=0.3", "variant=mergekit,density=0.5,scope=row,vote=count,normalize=false,lambda=0.7"),
        .. Three("ties_split", "", "density=0.6,scope=tensor"),
        .. Three("dare_linear", "", "variant=mergekit,drop_rate=0.4", "rescale=none,drop_rate=0.5,mask_seed=12"),
        .. Three("dare_ties", "drop_rate=0.5", "variant=mergekit,drop_rate=0.4"),
        .. Three("della_linear", "", "variant=mergekit,density=0.4", "scope=tensor,rescale=l1,density=0.7,epsilon=0.1", "rescale=none,mask_seed=5"),
        .. Three("della", "density=0.6", "variant=mergekit,density=0.5,epsilon=0.2,normalize=false,lambda=1.5", "variant=mergekit"),
        .. Three("breadcrumbs", "", "variant=mergekit", "density=0.5,gamma=0.2", "density=0.8,gamma=0.5,scope=tensor"),
        .. Three("breadcrumbs_ties", "density=0.7,gamma=0.1"),
        .. One("magmax", ""),
        .. One("consensus", "", "threshold=0.6,tasks=1", "threshold=1,tasks=3"),
        .. One("sce", "", "density=0.1", "density=0.5", "variant=fusechat,density=0.5"),
        .. Task("tall", "", "threshold=0.6"),
        .. Task("emr", "", "variant=fusionbench"),
        ("slerp", "", [0.3], null), ("slerp", "space=deltas", [0.75], null), ("slerp", "space=deltas,parallel=0", [0.25], null),
        ("nuslerp", "", [0.5, 0.25], null), ("nuslerp", "space=deltas", [0.25, 1.5], null),
        .. Three("multislerp", "", "space=deltas"),
        .. Three("karcher", "", "space=deltas", "space=deltas,iterations=100,tolerance=0.000000001"),
        .. One("model_stock", ""),
        .. One("model_stock", "negative=fallback"),
        .. One("model_stock", "negative=extrapolate"),
    ];

    private static readonly (string Name, long[] Shape)[] Tensors = [("block.scalar", []), ("block.one", [1]), ("block.few", [99]), ("a.matrix", [7, 5]), ("z.kernel", [3, 4, 2])];

    [TestCase(3)]
    [TestCase(5)]
    public void Merge_EveryOperator_IsThatOfItsFormulas(int seed)
    {
        var random = new Random(seed);

        // The seeds leave no two experts' only elements opposite, between which slerp finds no arc.
        // Multiples of 2⁻¹⁰, few enough that many are equal, opposite or zero: differences are exact, and so is every tie.
        float Draw(int range) => random.Next(-range, range + 1) / 1024f;
        float[] Values(long[] shape, int range) => [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => Draw(range))];
        float[][] origin = [.. Tensors.Select(tensor => Values(tensor.Shape, 4000))];
        string Save(string name, IEnumerable<float[]> values) => Folder.Safetensors(
            $"{name}.safetensors", [.. Tensors.Zip(values, (tensor, each) => TensorContent.FromFloats(tensor.Name, TensorType.F32, tensor.Shape, each))]);
        string basePath = Save("base", origin);
        Dictionary<string, string> experts = Enumerable.Range(0, 3).ToDictionary(
            k => $"e{k}", k => Save($"e{k}", origin.Select((values, t) => values.Zip(Values(Tensors[t].Shape, 20), (o, step) => o + step).ToArray())));
        string Name(int index) => $"{index}: {Cases[index].Operator} {Cases[index].Settings} {Cases[index].Task}";
        int Experts(int index) => Cases[index].Operator.EndsWith("slerp", StringComparison.Ordinal) && Cases[index].Operator != "multislerp" ? 2 : 3;
        string asked = Folder.Write("cases.json", JsonSerializer.Serialize(new
        {
            @base = basePath,
            experts,
            cases = Cases.Select((each, index) => new
            {
                name = Name(index),
                @operator = each.Operator,
                settings = each.Settings.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]),
                experts = Experts(index),
                coefficients = each.Coefficients,
                task = each.Task,
            }),
        }));
        using JsonDocument answers = JsonDocument.Parse(Restatement.Run("operators.py", asked));

        Assert.Multiple(() =>
        {
            for (int index = 0; index < Cases.Length; index++)
            {
                using ModelFamily family = ModelFamily.Open(basePath, experts.Take(Experts(index)), []);
                double[][] merged = Merge(family, Operator(Cases[index].Operator, Cases[index].Settings), Cases[index].Coefficients, Cases[index].Task);
                for (int t = 0; t < Tensors.Length; t++)
                {
                    string tensor = family.Layout.Tensors[t].Name;
                    float[] start = origin[Array.FindIndex(Tensors, each => each.Name == tensor)];
                    double[] expected = [.. answers.RootElement.GetProperty(Name(index)).GetProperty(tensor).EnumerateArray().Select((value, i) => start[i] + value.GetDouble())];
                    Assert.That(merged[t], Is.EqualTo(expected).Within(Rounding), $"{Name(index)} in {tensor}");
                }
            }
        });
    }

    private static IEnumerable<(string Operator, string Settings, double[] Coefficients, string? Task)> One(string name, params string[] settings) =>
        settings.Select(each => (name, each, new[] { 0.75 }, (string?)null));

    private static IEnumerable<(string Operator, string Settings, double[] Coefficients, string? Task)> Three(string name, params string[] settings) =>
        settings.Select((each, i) => (name, each, name is "karcher" or "multislerp" ? new[] { 0.5, 1, 0.25 } : i % 2 == 0 ? [0.75, 0.5, 1.25] : [1, -0.5, 0.25], (string?)null));

    private static IEnumerable<(string Operator, string Settings, double[] Coefficients, string? Task)> Task(string name, params string[] settings) =>
        settings.SelectMany(each => new[] { "e0", "e2" }.Select(task => (name, each, new[] { 1, 0.5, 0.75 }, (string?)task)));
}
