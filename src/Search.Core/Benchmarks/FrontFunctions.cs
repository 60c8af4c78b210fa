namespace Search.Benchmarks;

/// <summary>Functions with several objectives and known fronts (Zitzler et al. 2000, doi:10.1162/106365600568202; Deb et al. 2005, doi:10.1007/1-84628-137-7_6), on [0, 1]ⁿ.</summary>
internal static class FrontFunctions
{
    /// <summary>ZDT1, 2, 3 and 6.</summary>
    /// <param name="name"><c>zdt1</c>, <c>zdt2</c>, <c>zdt3</c> or <c>zdt6</c>.</param>
    /// <param name="x">At least two coordinates.</param>
    public static double[] Zdt(string name, IReadOnlyList<double> x)
    {
        double mean = x.Skip(1).Sum() / (x.Count - 1);
        double f = name == "zdt6" ? 1 - (Math.Exp(-4 * x[0]) * Math.Pow(Math.Sin(6 * Math.PI * x[0]), 6)) : x[0];
        double g = name == "zdt6" ? 1 + (9 * Math.Pow(mean, 0.25)) : 1 + (9 * mean);
        double h = name switch
        {
            "zdt1" => 1 - Math.Sqrt(f / g),
            "zdt3" => 1 - Math.Sqrt(f / g) - (f / g * Math.Sin(10 * Math.PI * f)),
            _ => 1 - (f / g * (f / g)),
        };
        return [f, g * h];
    }

    /// <summary>DTLZ1 with three objectives.</summary>
    /// <param name="x">At least three coordinates.</param>
    public static double[] Dtlz1(IReadOnlyList<double> x)
    {
        double g = 100 * x.Skip(2).Sum(v => 1 + ((v - 0.5) * (v - 0.5)) - Math.Cos(20 * Math.PI * (v - 0.5)));
        double scale = 0.5 * (1 + g);
        return [scale * x[0] * x[1], scale * x[0] * (1 - x[1]), scale * (1 - x[0])];
    }

    /// <summary>DTLZ2 with three objectives.</summary>
    /// <param name="x">At least three coordinates.</param>
    public static double[] Dtlz2(IReadOnlyList<double> x)
    {
        double scale = 1 + x.Skip(2).Sum(v => (v - 0.5) * (v - 0.5));
        (double sin0, double cos0) = Math.SinCos(x[0] * Math.PI / 2);
        (double sin1, double cos1) = Math.SinCos(x[1] * Math.PI / 2);
        return [scale * cos0 * cos1, scale * cos0 * sin1, scale * sin0];
    }
}
