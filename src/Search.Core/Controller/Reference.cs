using System.Globalization;

namespace Search.Controller;

/// <summary>A fixed merge that every search is compared with, by task arithmetic with one weight an expert.</summary>
/// <param name="Label">What it is, as the ledger writes it.</param>
/// <param name="Weights">One task-arithmetic weight an expert.</param>
/// <param name="Exact">Whether it must be one of the models itself, batch-normalisation statistics included.</param>
public sealed record Reference(string Label, IReadOnlyList<double> Weights, bool Exact)
{
    /// <summary>The ledger's name for whoever proposes references.</summary>
    public const string Strategy = "reference";

    /// <summary>The label of the base model.</summary>
    public const string Base = "base";

    /// <summary>The label of the uniform average.</summary>
    public const string Uniform = "uniform";

    /// <summary>What the label of a merge with one λ for all experts begins with.</summary>
    public const string LambdaPrefix = "lambda:";

    private const string ExpertPrefix = "expert:";

    /// <summary>The label of an expert.</summary>
    /// <param name="name">The expert's name.</param>
    public static string Expert(string name) => ExpertPrefix + name;

    /// <summary>The references of a study: base, each expert, uniform average, and task arithmetic with one λ of 0.05, 0.10 … 1.00.</summary>
    /// <param name="experts">The experts' names.</param>
    public static IReadOnlyList<Reference> All(IReadOnlyList<string> experts)
    {
        double[] Same(double weight) => [.. experts.Select(_ => weight)];
        return
        [
            new(Base, Same(0), true),
            .. experts.Select((name, index) => new Reference(Expert(name), [.. experts.Select((_, k) => k == index ? 1.0 : 0.0)], true)),
            new(Uniform, Same(1.0 / experts.Count), false),
            .. Enumerable.Range(1, 20).Select(step => step / 20.0).Select(lambda =>
                new Reference(string.Create(CultureInfo.InvariantCulture, $"{LambdaPrefix}{lambda:0.00}"), Same(lambda), false)),
        ];
    }
}
