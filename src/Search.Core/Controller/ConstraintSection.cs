using Search.Yaml;

namespace Search.Controller;

/// <summary>The <c>constraints</c> of a study file, read and written.</summary>
internal static class ConstraintSection
{
    /// <summary>Reads the constraints and checks that they fit the study.</summary>
    /// <param name="root">The study's file.</param>
    /// <param name="study">The study with its objectives.</param>
    /// <exception cref="StudyException">A constraint names no objective or says nothing of it, or the study does not go with constraints.</exception>
    public static IReadOnlyList<StudyConstraint> Read(YamlMap root, StudyDefinition study)
    {
        StudyConstraint[] constraints = [.. root.Maps("constraints").Select(map => ReadOne(map, study))];
        return constraints.Length == 0 ? constraints
            : study.ObjectiveCount == 1 ? throw root.Error("constraints", "are for a study with several objectives, where what is bounded is one beside what is searched")
            : study.Racing is not null ? throw root.Error("constraints", "do not go with 'racing', which stops candidates before their objectives are known")
            : constraints;
    }

    /// <summary>Writes a constraint.</summary>
    /// <param name="constraint">The constraint.</param>
    public static Dictionary<string, object> Write(StudyConstraint constraint) => YamlText.Present(
        ("objective", constraint.Objective),
        ("floor", constraint.Floor is { } floor ? YamlText.Number(floor) : null),
        ("limit", constraint.Limit is { } limit ? YamlText.Number(limit) : null));

    private static StudyConstraint ReadOne(YamlMap map, StudyDefinition study)
    {
        var constraint = new StudyConstraint(map.RequiredText("objective"), map.Number("limit"), map.Number("floor"));
        map.End();
        try
        {
            if (constraint.Floor is not null)
            {
                ObjectiveBounds.Floor(study, constraint.Objective);
            }

            ObjectiveBounds.Find(study.ObjectiveNames, constraint.Objective, "it");
        }
        catch (StudyException exception)
        {
            throw map.Error("objective", $"does not fit: {exception.Message.TrimEnd('.')}");
        }

        return constraint.Floor is null == constraint.Limit is null ? throw map.Error("objective", "needs one of 'floor' and 'limit' beside it") : constraint;
    }
}
