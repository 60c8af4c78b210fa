using Search.Evaluation;
using Search.Yaml;

namespace Search.Controller;

/// <summary>The <c>objectives</c> of a study file, read and written.</summary>
internal static class ObjectiveSection
{
    private static readonly Dictionary<string, Aggregation> Aggregations = new()
    {
        ["mean"] = Aggregation.Mean,
        ["weighted"] = Aggregation.Weighted,
        ["max"] = Aggregation.Max,
        ["none"] = Aggregation.None,
    };

    // Which kinds each setting of a score is for.
    private static readonly Dictionary<string, ScoreKind[]> Settings = new()
    {
        ["temperature"] = [ScoreKind.Kl],
        ["node"] = [ScoreKind.FeatureL1, ScoreKind.FeatureL2, ScoreKind.FeatureCosine],
        ["tokens"] = [ScoreKind.NextToken],
    };

    /// <summary>Reads the objectives; mean entropy where the study has none.</summary>
    /// <param name="root">The study.</param>
    /// <param name="tasks">Its tasks' names.</param>
    /// <param name="given">Whether scores have the names that a command gives them.</param>
    public static IReadOnlyList<Objective> Read(YamlMap root, IReadOnlyList<string> tasks, bool given)
    {
        Objective[] objectives = [.. root.Maps("objectives").Select(map => ReadObjective(map, tasks, given))];
        return objectives.Length > 0 ? objectives
            : given ? throw root.Missing("objectives")
            : [new Objective(ScoreKind.Entropy)];
    }

    /// <summary>Writes an objective with every key that is not at its default.</summary>
    /// <param name="objective">The objective.</param>
    public static Dictionary<string, object> Write(Objective objective)
    {
        object? Unless(double value, double usual) => value == usual ? null : YamlText.Number(value);
        (string, object?)[] SettingsOf(Score score) =>
            [("temperature", Unless(score.Temperature, 1)), ("node", score.Node), ("tokens", score.Tokens)];

        (string, object?)[] scores = objective.Terms is [{ Weight: 1, Score: { } only }]
            ? [("score", only.Word), .. SettingsOf(only)]
            : [("score", objective.Terms.Select(term => YamlText.Present([("name", term.Score.Word), ("weight", YamlText.Number(term.Weight)), .. SettingsOf(term.Score)])).ToList())];
        return YamlText.Present([
            .. scores,
            ("direction", objective.Direction == Direction.Minimize ? null : YamlText.Word(objective.Direction)),
            ("aggregate", Aggregations.First(word => word.Value == objective.Aggregate).Key),
            ("weights", objective.Weights.Count == 0 ? null : objective.Weights.ToDictionary(weight => weight.Key, weight => YamlText.Number(weight.Value))),
            ("l1", Unless(objective.Regulariser.L1, 0)),
            ("l2", Unless(objective.Regulariser.L2, 0)),
            ("distance", Unless(objective.Regulariser.Distance, 0)),
            ("labelled", objective.Labelled ? "true" : null)]);
    }

    private static Objective ReadObjective(YamlMap map, IReadOnlyList<string> tasks, bool given)
    {
        bool labelled = map.Choice("labelled", "false", "true", "false") == "true";
        ObjectiveTerm[] terms = ReadTerms(map, labelled, given);
        if (terms.Length == 0)
        {
            throw map.Error("score", "must name at least one score");
        }

        foreach ((string key, ScoreKind[] kinds) in Settings)
        {
            if (map.Has(key) && !terms.Any(term => kinds.Contains(term.Score.Kind)))
            {
                throw Misplaced(map, key);
            }
        }

        if (labelled && !terms.Any(term => term.Score.NeedsLabels))
        {
            throw map.Error("labelled", "says that labels are searched on, but no score here needs them");
        }

        var objective = new Objective(terms, Aggregations[map.Choice("aggregate", map.Has("weights") ? "weighted" : "mean", [.. Aggregations.Keys])])
        {
            Regulariser = new Regulariser(map.Number("l1", 0) ?? 0, map.Number("l2", 0) ?? 0, map.Number("distance", 0) ?? 0),
            Direction = map.Word("direction", Direction.Minimize),
            Labelled = labelled,
        };
        if (objective.Aggregate == Aggregation.Weighted)
        {
            objective = objective with { Weights = ReadWeights(map, tasks) };
        }
        else if (map.Has("weights"))
        {
            throw map.Error("weights", "goes with aggregate: weighted");
        }

        map.End();
        return objective;
    }

    private static Dictionary<string, double> ReadWeights(YamlMap map, IReadOnlyList<string> tasks)
    {
        YamlMap weights = map.Has("weights") ? map.Map("weights") : throw map.Missing("weights");
        Dictionary<string, double> values = tasks.ToDictionary(task => task, task => weights.Number(task, 0) ?? throw weights.Missing(task));
        weights.End();
        return values.Values.Any(value => value > 0) ? values : throw map.Error("weights", "must have one above 0");
    }

    // A name, a mapping name → weight or settings, or a list of mappings with a name.
    private static ObjectiveTerm[] ReadTerms(YamlMap map, bool labelled, bool given)
    {
        if (map.IsMap("score"))
        {
            YamlMap scores = map.Map("score");
            return [.. scores.Keys.Select(name =>
            {
                Score score = ReadName(scores, name, name, labelled, given);
                return scores.IsMap(name) ? ReadTerm(scores.Map(name), map, score) : new ObjectiveTerm(ReadScore(map, map, score), scores.Number(name) ?? 1);
            })];
        }

        if (map.IsList("score"))
        {
            return [.. map.Maps("score").Select(term => ReadTerm(term, map, ReadName(term, "name", term.RequiredText("name"), labelled, given)))];
        }

        return [new ObjectiveTerm(ReadScore(map, map, ReadName(map, "score", map.RequiredText("score"), labelled, given)), 1)];
    }

    private static ObjectiveTerm ReadTerm(YamlMap term, YamlMap objective, Score score)
    {
        var read = new ObjectiveTerm(ReadScore(term, objective, score), term.Number("weight") ?? 1);
        foreach ((string key, ScoreKind[] kinds) in Settings)
        {
            if (term.Has(key) && !kinds.Contains(score.Kind))
            {
                throw Misplaced(term, key);
            }
        }

        term.End();
        return read;
    }

    // What a term does not say itself, the objective says for all.
    private static Score ReadScore(YamlMap term, YamlMap objective, Score score) => score.Kind switch
    {
        ScoreKind.Kl => score with { Temperature = Temperature(term) ?? Temperature(objective) ?? 1 },
        ScoreKind.NextToken => score with { Tokens = term.Text("tokens") ?? objective.Text("tokens") },
        _ when score.IsFeature => score with { Node = term.Text("node") ?? objective.Text("node") ?? throw term.Missing("node") },
        _ => score,
    };

    private static double? Temperature(YamlMap map) => map.Number("temperature", 1e-3, 1e6);

    private static Score ReadName(YamlMap map, string key, string name, bool labelled, bool given)
    {
        if (given)
        {
            return new Score(ScoreKind.Given) { Key = name };
        }

        string[] allowed = [.. Score.Kinds.Where(kind => kind.Value != ScoreKind.Accuracy && (labelled || !new Score(kind.Value).NeedsLabels)).Select(kind => kind.Key)];
        if (allowed.Contains(name))
        {
            return new Score(Score.Kinds[name]);
        }

        string reason = Score.Kinds.GetValueOrDefault(name) switch
        {
            ScoreKind.Accuracy => ": accuracy needs labels and has no slope, so it is only reported",
            ScoreKind.CrossEntropy => ": it needs labels; 'labelled: true' says that the labels of search data may be searched on",
            _ => NearestName.Hint(name, allowed),
        };
        throw map.Error(key, $"must be one of {string.Join(", ", allowed)}, got '{name}'{reason}");
    }

    private static StudyException Misplaced(YamlMap map, string key) =>
        map.Error(key, $"goes with {string.Join(", ", Score.Kinds.Where(kind => Settings[key].Contains(kind.Value)).Select(kind => kind.Key))} only");
}
