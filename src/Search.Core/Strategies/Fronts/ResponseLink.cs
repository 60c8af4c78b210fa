namespace Search.Strategies.Fronts;

/// <summary>What makes an objective of a quadratic form: an increasing function of it, within a frame that the values set.</summary>
/// <param name="Name">As studies write it.</param>
/// <param name="Value">The function.</param>
/// <param name="Slope">Its derivative.</param>
/// <param name="Inverse">The quadratic form of a value, which is cut to what the function can reach.</param>
internal sealed record ResponseLink(string Name, Func<double, double> Value, Func<double, double> Slope, Func<double, double> Inverse)
{
    private const double Margin = 1e-4; // values at a sigmoid's ends count as so far from them
    private const double Steepest = 30; // e^−30 of a softplus is nothing beside any score
    private const double Widening = 0.1; // of the values' range, beyond which a sigmoid without bounds of its own levels off

    private static readonly Dictionary<string, ResponseLink> Links = new ResponseLink[]
    {
        new("plain", z => z, _ => 1, y => y),
        new("sigmoid", Sigmoid, z => Sigmoid(z) * (1 - Sigmoid(z)), y => Math.Log(Math.Clamp(y, Margin, 1 - Margin) / (1 - Math.Clamp(y, Margin, 1 - Margin)))),
        new("softplus", z => z > Steepest ? z : Math.Log(1 + Math.Exp(z)), Sigmoid, y => y > Steepest ? y : Math.Log(Math.Exp(Math.Max(y, Margin)) - 1)),
    }.ToDictionary(link => link.Name);

    /// <summary>The names, as studies write them; <c>auto</c> beside them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", .. Links.Keys];

    /// <summary>The links that a setting allows for some values: <c>auto</c> any that suits them.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="values">The values.</param>
    public static IEnumerable<ResponseLink> For(string name, IReadOnlyList<double> values) =>
        name != "auto" ? [Links[name]] : values.Min() > 0 ? Links.Values : Links.Values.Where(link => link.Name != "softplus");

    /// <summary>What values are measured in: a sigmoid rises from offset to offset + scale.</summary>
    /// <param name="values">The values; not all alike.</param>
    public (double Offset, double Scale) Frame(IReadOnlyList<double> values)
    {
        (double least, double most) = (values.Min(), values.Max());
        return Name switch
        {
            "sigmoid" when least >= 0 && most <= 1 => (0, 1), // an error rate
            "sigmoid" when least >= -1 && most <= 0 => (-1, 1), // an accuracy, which is minimised as its negative
            "sigmoid" => (least - (Widening * (most - least)), (1 + (2 * Widening)) * (most - least)),
            "softplus" => (0, 1),
            _ => (least, most - least),
        };
    }

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
}
