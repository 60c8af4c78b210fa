using Search.Merging;

namespace Search.Controller;

/// <summary>A model of a candidate, which may have one for all tasks or one for each expert's.</summary>
/// <param name="Expert">The expert whose tasks it is for, or null for all tasks.</param>
/// <param name="Tasks">Those tasks; none where it is for all.</param>
/// <param name="Decide">Decides its merge.</param>
public sealed record TaskMerge(string? Expert, IReadOnlyList<string> Tasks, Func<MergeWeights> Decide)
{
    /// <summary>The models that coefficients stand for.</summary>
    /// <param name="study">The study.</param>
    /// <param name="space">What its coefficients mean.</param>
    /// <param name="coefficients">One a coefficient.</param>
    public static IReadOnlyList<TaskMerge> Of(StudyDefinition study, MergeSpace space, IReadOnlyList<double> coefficients) => study.Merge.Operator.IsPerTask
        ? [.. study.Tasks.GroupBy(task => task.Expert).Select(tasks => new TaskMerge(tasks.Key, [.. tasks.Select(task => task.Name)], () => space.Decode(coefficients, tasks.Key)))]
        : [ForAll(() => space.Decode(coefficients))];

    /// <summary>A model for all tasks.</summary>
    /// <param name="decide">Decides its merge.</param>
    public static TaskMerge ForAll(Func<MergeWeights> decide) => new(null, [], decide);

    /// <summary>Whether it is scored on a task.</summary>
    /// <param name="task">The task's name.</param>
    public bool IsFor(string task) => Expert is null || Tasks.Contains(task);
}
