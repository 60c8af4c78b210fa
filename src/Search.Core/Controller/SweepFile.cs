using System.Globalization;
using Search.Results;
using Search.Strategies;
using Search.Yaml;

namespace Search.Controller;

/// <summary>Reads sweep files: every entry of a list, with every point of a grid, with every random draw.</summary>
public static class SweepFile
{
    /// <summary>The most studies of one sweep.</summary>
    public const int Most = 100_000;

    /// <summary>Reads a sweep. What its settings mean is for the study that they vary to say.</summary>
    /// <param name="path">The YAML file; the path in it is relative to its folder.</param>
    /// <exception cref="StudyException">A key is unknown, missing, out of range or varied twice; the message names the line.</exception>
    public static SweepDefinition Read(string path)
    {
        YamlMap root = YamlMap.Load(path, []);
        string name = root.Text("name") ?? Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (!RunDirectory.IsName(name))
        {
            throw root.Error("name", $"becomes a folder's name and must not be '.', '..' or hold '/', got '{name}'");
        }

        string study = StudyFile.ExistingPath(root, "study", Path.GetDirectoryName(Path.GetFullPath(path))!);
        YamlMap sweep = root.Has("sweep") ? root.Map("sweep") : throw root.Missing("sweep");
        YamlMap grid = sweep.Map("grid");
        KeyValuePair<string, string>[][] list = ReadList(sweep);
        KeyValuePair<string, string>[][] random = ReadRandom(sweep);
        double count = grid.Keys.Aggregate((double)list.Length * random.Length, (product, key) => product * Math.Max(1, grid.Lines(key).Count));
        if (count > Most)
        {
            throw root.Error("sweep", $"must be of at most {Most} studies, got {count}");
        }

        KeyValuePair<string, string>[][][] parts = [list, ReadGrid(grid), random];
        sweep.End();
        root.End();
        if (parts.SelectMany(part => part.SelectMany(entry => entry).Select(setting => setting.Key).Distinct()).GroupBy(key => key).FirstOrDefault(keys => keys.Count() > 1) is { } twice)
        {
            throw root.Error("sweep", $"varies '{twice.Key}' in more than one of list, grid and random");
        }

        foreach (KeyValuePair<string, string>[] entry in list)
        {
            string[] keys = [.. entry.Concat(parts[1][0]).Concat(random[0]).Select(setting => setting.Key)];
            if (keys.FirstOrDefault(key => keys.Any(other => key.StartsWith($"{other}.", StringComparison.Ordinal))) is { } inner)
            {
                throw root.Error("sweep", $"varies '{inner}' and the whole that it is part of, so that one would replace the other; write '{inner}' into each value of the whole");
            }
        }

        IEnumerable<IEnumerable<KeyValuePair<string, string>>> members = parts.Aggregate(
            (IEnumerable<IEnumerable<KeyValuePair<string, string>>>)[[]], (so, part) => so.SelectMany(member => part.Select(member.Concat)));
        return new SweepDefinition(name, study, [.. members.Select(member => member.ToArray())]);
    }

    private static KeyValuePair<string, string>[][] ReadList(YamlMap sweep)
    {
        KeyValuePair<string, string>[][] entries = [.. sweep.Maps("list").Select(map => map.Keys.Select(key => KeyValuePair.Create(key, map.Line(key))).ToArray())];
        return entries.Length > 0 ? entries
            : sweep.Has("list") ? throw sweep.Error("list", "needs at least one entry")
            : [[]];
    }

    // The last key runs fastest.
    private static KeyValuePair<string, string>[][] ReadGrid(YamlMap grid) => [.. grid.Keys.Aggregate(
        (IEnumerable<KeyValuePair<string, string>[]>)[[]],
        (points, key) =>
        {
            IReadOnlyList<string> values = grid.Lines(key);
            return values.Count > 0
                ? points.SelectMany(point => values.Select(value => point.Append(KeyValuePair.Create(key, value)).ToArray()))
                : throw grid.Error(key, "needs at least one value");
        })];

    private static KeyValuePair<string, string>[][] ReadRandom(YamlMap sweep)
    {
        if (!sweep.Has("random"))
        {
            return [[]];
        }

        YamlMap random = sweep.Map("random");
        long count = random.Integer("count", 1, Most) ?? throw random.Missing("count");
        long seed = random.Integer("seed", 0) ?? 0;
        YamlMap keys = random.Has("keys") ? random.Map("keys") : throw random.Missing("keys");
        (Coefficient Range, IReadOnlyList<string> Choices)[] drawn = [.. keys.Keys.Select(key => ReadRange(keys, key))];
        random.End();
        SearchSpace space;
        try
        {
            space = new SearchSpace([.. drawn.Select(one => one.Range)]);
        }
        catch (ArgumentException exception)
        {
            throw random.Error("keys", $"cannot be drawn from: {exception.Message.Split(" (Parameter")[0]}");
        }

        return [.. Enumerable.Range(0, (int)count).Select(draw =>
        {
            var rng = new Rng(seed, 0, draw);
            double[] values = space.Decode([.. space.Axes.Select(_ => rng.NextUniform())]);
            return drawn.Zip(values, (one, value) => KeyValuePair.Create(one.Range.Name, one.Choices.Count > 0 ? one.Choices[(int)value] : Convert.ToString(YamlText.Number(value), CultureInfo.InvariantCulture)!)).ToArray();
        })];
    }

    private static (Coefficient Range, IReadOnlyList<string> Choices) ReadRange(YamlMap keys, string key)
    {
        if (keys.IsMap(key))
        {
            YamlMap range = keys.Map(key);
            Coefficient coefficient = SpaceFile.ReadRange(range, key);
            range.End();
            return (coefficient, []);
        }

        IReadOnlyList<string> choices = keys.Lines(key);
        return choices.Count > 1
            ? (new Coefficient(key, 0, choices.Count - 1, 0) { Kind = CoefficientKind.Categorical }, choices)
            : throw keys.Error(key, "must be { lower, upper, scale, kind } or a list of at least two choices");
    }
}
