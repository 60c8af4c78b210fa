using Search.Evaluation;
using Search.Merging;
using Search.Results;

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

    /// <summary>The model as it is for evaluators outside of this process.</summary>
    /// <param name="space">What its candidate's coefficients mean.</param>
    /// <param name="trial">Its candidate; a reference has one coefficient an expert.</param>
    /// <param name="weights">What <see cref="Decide"/> decided.</param>
    public CandidateModel Candidate(MergeSpace space, Trial trial, MergeWeights weights)
    {
        IEnumerable<string> names = trial.Strategy == Reference.Strategy
            ? space.Merge.Source.Family.Experts.Select(expert => expert.Key)
            : Enumerable.Range(0, space.Dimension).Select(space.Name);
        return new CandidateModel(trial.Id, [.. names.Zip(trial.Coefficients, KeyValuePair.Create)], Expert, Tasks, weights);
    }

    /// <summary>A model for all tasks.</summary>
    /// <param name="decide">Decides its merge.</param>
    public static TaskMerge ForAll(Func<MergeWeights> decide) => new(null, [], decide);

    /// <summary>Whether it is scored on a task.</summary>
    /// <param name="task">The task's name.</param>
    public bool IsFor(string task) => Expert is null || Tasks.Contains(task);
}
