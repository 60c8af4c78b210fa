using Search.Yaml;

namespace Search.Controller;

/// <summary>The <c>constraints</c> of a study file, read and written.</summary>
internal static class ConstraintSection
{
    /// <summary>Reads the constraints and checks that they fit the study.</summary>
    /// <param name="root">The study's file.</param>
    /// <param name="study">The study with its objectives.</param>
    /// <exception cref="StudyException">A constraint names nothing that candidates have, or says nothing of it.</exception>
    public static IReadOnlyList<StudyConstraint> Read(YamlMap root, StudyDefinition study) => [.. root.Maps("constraints").Select(map => ReadOne(map, study))];

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
            var quantity = BoundedQuantity.Find(study, constraint.Objective);
            if (constraint.Floor is not null)
            {
                quantity.Expert(study);
            }
        }
        catch (StudyException exception)
        {
            throw map.Error("objective", $"does not fit: {exception.Message.TrimEnd('.')}");
        }

        return constraint.Floor is null == constraint.Limit is null ? throw map.Error("objective", "needs one of 'floor' and 'limit' beside it") : constraint;
    }
}
