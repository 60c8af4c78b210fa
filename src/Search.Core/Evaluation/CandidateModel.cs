using Search.Merging;

namespace Search.Evaluation;

/// <summary>A candidate, or the model that it has for some of the tasks, as an evaluator outside of this process needs it.</summary>
/// <param name="Trial">The candidate's number.</param>
/// <param name="Coefficients">Name to value.</param>
/// <param name="Expert">The expert whose tasks it is for, or null for all tasks.</param>
/// <param name="Tasks">Those tasks; none where it is for all.</param>
/// <param name="Weights">Its merge.</param>
public sealed record CandidateModel(long Trial, IReadOnlyList<KeyValuePair<string, double>> Coefficients, string? Expert, IReadOnlyList<string> Tasks, MergeWeights Weights);
