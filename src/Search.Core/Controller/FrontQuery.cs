using Search.Evaluation;

namespace Search.Controller;

/// <summary>What a person wants of a front. Objectives are meant by their names or, where that is clear, by their tasks.</summary>
public sealed record FrontQuery
{
    /// <summary>The data that objectives are compared on, or null for select data where any candidate was scored there, else search data.</summary>
    public DataRole? Role { get; init; }

    /// <summary>What objectives weigh, at least 0; the others weigh 1. Empty for no preference.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Preferences { get; init; } = [];

    /// <summary>The most that objectives may be (ε-constraints: Haimes et al. 1971).</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Limits { get; init; } = [];

    /// <summary>How much of what a task's expert gains over the base its objective must keep: 0 is the base's value, 1 the expert's.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Floors { get; init; } = [];

    /// <summary>The values that hypervolumes are measured below; the worst of all that were scored for the others.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Reference { get; init; } = [];
}
