using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>A graph input that data feeds.</summary>
/// <param name="Name">The input's name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Dimensions">Its dimensions, outermost (the examples) first, null for one that is free; null when the graph does not even state the rank.</param>
internal sealed record GraphInput(string Name, OrtElementType Type, IReadOnlyList<long?>? Dimensions)
{
    /// <summary>The shape as people write it, such as [?, 3, 32, 32].</summary>
    public string ShapeText => Dimensions is null ? "any" : $"[{string.Join(", ", Dimensions.Select(dimension => dimension?.ToString() ?? "?"))}]";

    /// <summary>Whether a tensor's shape fits, the first axis aside.</summary>
    /// <param name="shape">The tensor's dimensions.</param>
    public bool Accepts(IReadOnlyList<long> shape) =>
        Dimensions is null || (Dimensions.Count == shape.Count && Dimensions.Zip(shape).Skip(1).All(pair => pair.First is null || pair.First == pair.Second));
}
