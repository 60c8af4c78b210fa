using System.Diagnostics.CodeAnalysis;

namespace Search.Strategies;

/// <summary>Which values of its range a coefficient takes.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "The words that space files use.")]
public enum CoefficientKind
{
    /// <summary>All of them.</summary>
    Float,

    /// <summary>The whole ones.</summary>
    Integer,

    /// <summary>The whole ones, which number categories: their order means nothing.</summary>
    Categorical,
}
