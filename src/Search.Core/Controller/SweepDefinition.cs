namespace Search.Controller;

/// <summary>Studies that differ in some of their settings.</summary>
/// <param name="Name">The sweep's name; its runs are kept under it.</param>
/// <param name="Study">The study file that they vary.</param>
/// <param name="Members">One entry a study, in the sweep's order: its settings, key to a line of YAML.</param>
public sealed record SweepDefinition(string Name, string Study, IReadOnlyList<IReadOnlyList<KeyValuePair<string, string>>> Members)
{
    /// <summary>What people read of a member, such as <c>strategy.name=cma_es seed=1</c>.</summary>
    /// <param name="settings">Its settings.</param>
    public static string Title(IEnumerable<KeyValuePair<string, string>> settings) => string.Join(' ', settings.Select(setting => $"{setting.Key}={setting.Value}"));

    /// <summary>Reads every member's study, before any of them runs.</summary>
    /// <returns>The studies, in the order of the members, all of the sweep's name.</returns>
    /// <exception cref="StudyException">A study is wrong; the message names the member.</exception>
    public IReadOnlyList<StudyDefinition> Resolve() => [.. Members.Select(settings =>
    {
        try
        {
            StudyDefinition study = StudyFile.Read(Study, [.. settings.Select(setting => $"{setting.Key}={setting.Value}")]) with { Name = Name };
            study.CheckObjectives();
            study.CheckConstraints();
            return study;
        }
        catch (StudyException exception)
        {
            throw new StudyException($"sweep {Name}, member {Title(settings)}: {exception.Message}", exception);
        }
    })];
}
