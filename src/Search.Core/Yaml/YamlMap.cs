using System.Globalization;
using Search.Controller;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Search.Yaml;

/// <summary>A mapping of a YAML file, read key by key: every error names the file, the line and the key, and keys nobody asked for are errors.</summary>
internal sealed class YamlMap
{
    private readonly YamlMappingNode _node;
    private readonly string _prefix;
    private readonly HashSet<string> _known = [];

    private YamlMap(string file, YamlMappingNode node, string prefix, bool requireFiles)
    {
        File = file;
        RequireFiles = requireFiles;
        _node = node;
        _prefix = prefix;
    }

    /// <summary>The file, as it was named.</summary>
    public string File { get; }

    /// <summary>Whether the files that the file names must be there.</summary>
    public bool RequireFiles { get; }

    /// <summary>The keys as written, in the file's order.</summary>
    public IEnumerable<string> Keys => _node.Children.Keys.Select(key => key is YamlScalarNode scalar
        ? scalar.Value ?? ""
        : throw new StudyException($"{File}:{key.Start.Line}: a key must be a text, got {key}."));

    /// <summary>Reads a file whose top level is a mapping.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Settings in the form <c>a.b=value</c>, applied before anything is read; the value is YAML.</param>
    /// <param name="requireFiles">Whether the files that the file names must be there.</param>
    /// <exception cref="StudyException">The file is missing, is not YAML, or an override is malformed.</exception>
    public static YamlMap Load(string path, IReadOnlyList<string> overrides, bool requireFiles = true)
    {
        if (!System.IO.File.Exists(path))
        {
            throw new StudyException($"'{path}': there is no such file.");
        }

        string text;
        try
        {
            text = System.IO.File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StudyException($"{path}: cannot be read: {exception.Message}", exception);
        }

        if (Parse(path, text) is not YamlMappingNode root)
        {
            throw new StudyException($"{path}:1: the top level must be a mapping of keys to values.");
        }

        foreach (string setting in overrides)
        {
            Override(root, setting);
        }

        return new YamlMap(path, root, "", requireFiles);
    }

    /// <summary>Makes a mapping of settings that stand in no file.</summary>
    /// <param name="place">What errors name instead of a file.</param>
    /// <param name="settings">Settings in the form <c>a.b=value</c>; the value is YAML.</param>
    /// <exception cref="StudyException">A setting is malformed.</exception>
    public static YamlMap Of(string place, IReadOnlyList<string> settings)
    {
        var root = new YamlMappingNode();
        foreach (string setting in settings)
        {
            Override(root, setting);
        }

        return new YamlMap(place, root, "", requireFiles: false);
    }

    /// <summary>Reads a nested mapping; an absent one reads as empty.</summary>
    public YamlMap Map(string key)
    {
        YamlNode? node = Find(key);
        return node switch
        {
            null => new YamlMap(File, new YamlMappingNode(), $"{_prefix}{key}.", RequireFiles),
            YamlMappingNode mapping => new YamlMap(File, mapping, $"{_prefix}{key}.", RequireFiles),
            _ => throw Error(key, "must be a mapping of keys to values"),
        };
    }

    /// <summary>Whether the key is written.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>Whether the key holds a mapping.</summary>
    public bool IsMap(string key) => Find(key) is YamlMappingNode;

    /// <summary>Whether the key holds a list.</summary>
    public bool IsList(string key) => Find(key) is YamlSequenceNode;

    /// <summary>Reads a text, or null when the key is absent.</summary>
    public string? Text(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode { Value: { Length: > 0 } value } => value,
        _ => throw Error(key, "must be a non-empty text"),
    };

    /// <summary>Reads a text that must be there.</summary>
    public string RequiredText(string key) => Text(key) ?? throw Missing(key);

    /// <summary>Reads a text that must be there and may be empty.</summary>
    public string AnyText(string key) => Find(key) is YamlScalarNode { Value: { } value } ? value : throw Error(key, "must be a text");

    /// <summary>Reads one of a set of words, or the default when the key is absent.</summary>
    public string Choice(string key, string otherwise, params IReadOnlyList<string> allowed)
    {
        string value = Text(key) ?? otherwise;
        return allowed.Contains(value)
            ? value
            : throw Error(key, $"must be one of {string.Join(", ", allowed)}, got '{value}'{NearestName.Hint(value, allowed)}");
    }

    /// <summary>Reads the word that stands for one of an enumeration's values, or the default when the key is absent.</summary>
    public T Word<T>(string key, T otherwise)
        where T : struct, Enum
    {
        T[] values = Enum.GetValues<T>();
        string word = Choice(key, YamlText.Word(otherwise), [.. values.Select(value => YamlText.Word(value))]);
        return values.First(value => YamlText.Word(value) == word);
    }

    /// <summary>Reads a finite number within limits, or null when the key is absent.</summary>
    public double? Number(string key, double minimum = double.MinValue, double maximum = double.MaxValue) =>
        Find(key) is { } node ? ParseNumber(key, node, minimum, maximum) : null;

    /// <summary>Reads a whole number within limits, or null when the key is absent.</summary>
    public long? Integer(string key, long minimum = long.MinValue, long maximum = long.MaxValue)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= minimum && value <= maximum
            ? value
            : throw Error(key, $"must be a whole number{Limits(minimum == long.MinValue ? null : minimum, maximum == long.MaxValue ? null : maximum)}, got '{text}'");
    }

    /// <summary>Reads a list of numbers, or null when the key is absent.</summary>
    public IReadOnlyList<double>? Numbers(string key) => Find(key) switch
    {
        null => null,
        YamlSequenceNode list => [.. list.Children.Select(item => ParseNumber(key, item, double.MinValue, double.MaxValue))],
        _ => throw Error(key, "must be a list of numbers"),
    };

    /// <summary>Reads a list of texts; an absent key reads as an empty list.</summary>
    public IReadOnlyList<string> Texts(string key) => Find(key) switch
    {
        null => [],
        YamlSequenceNode list => [.. list.Children.Select(item => item is YamlScalarNode { Value: { Length: > 0 } value } ? value : throw Error(key, "must be a list of texts"))],
        _ => throw Error(key, "must be a list of texts"),
    };

    /// <summary>Reads a list of lists of texts; an absent key reads as an empty list.</summary>
    public IReadOnlyList<IReadOnlyList<string>> TextLists(string key) => Find(key) switch
    {
        null => [],
        YamlSequenceNode list => [.. list.Children.Select(item => item is YamlSequenceNode inner && inner.Children.All(text => text is YamlScalarNode { Value.Length: > 0 })
            ? inner.Children.Select(text => ((YamlScalarNode)text).Value!).ToArray()
            : throw Error(key, "must be a list of lists of texts"))],
        _ => throw Error(key, "must be a list of lists of texts"),
    };

    /// <summary>Reads a value of any kind as a line of YAML that reads back to the same value.</summary>
    public string Line(string key) => Find(key) is { } node ? YamlText.Line(node) : throw Error(key, "needs a value");

    /// <summary>Reads a list of values of any kind, or one value, each as a line of YAML that reads back to the same value.</summary>
    public IReadOnlyList<string> Lines(string key) => Find(key) is YamlSequenceNode list ? [.. list.Children.Select(YamlText.Line)] : [Line(key)];

    /// <summary>Reads a list of mappings; an absent key reads as an empty list.</summary>
    public IReadOnlyList<YamlMap> Maps(string key) => Find(key) switch
    {
        null => [],
        YamlSequenceNode list => [.. list.Children.Select((item, index) => item is YamlMappingNode mapping
            ? new YamlMap(File, mapping, $"{_prefix}{key}[{index}].", RequireFiles)
            : throw Error(key, "must be a list of mappings"))],
        _ => throw Error(key, "must be a list of mappings"),
    };

    /// <summary>Refuses keys that nobody has asked for.</summary>
    public void End()
    {
        foreach (string key in Keys)
        {
            if (!_known.Contains(key))
            {
                string hint = NearestName.Hint(key, _known);
                throw Error(key, $"is not a key here{(hint.Length > 0 ? hint : $"; allowed: {string.Join(", ", _known)}")}");
            }
        }
    }

    /// <summary>An error at a key's line.</summary>
    public StudyException Error(string key, string rule) => new($"{File}:{LineNumber(key)}: '{_prefix}{key}' {rule}.");

    /// <summary>The error for a key that must be there.</summary>
    public StudyException Missing(string key)
    {
        IEnumerable<string> unread = Keys.Where(present => !_known.Contains(present));
        return new StudyException($"{File}:{_node.Start.Line}: '{_prefix}{key}' is missing{NearestName.Hint(key, unread)}.");
    }

    private static YamlNode? Parse(string file, string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 0 ? null : stream.Documents[0].RootNode;
        }
        catch (YamlException exception)
        {
            throw new StudyException($"{file}:{exception.Start.Line}: is not valid YAML: {exception.Message}", exception);
        }
    }

    private static void Override(YamlMappingNode root, string setting)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw new StudyException($"--set {setting}: must have the form key=value, such as budget.evaluations=100.");
        }

        string[] path = setting[..equals].Split('.');
        YamlMappingNode mapping = root;
        foreach (string key in path[..^1])
        {
            if (!mapping.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? child) || child is not YamlMappingNode)
            {
                mapping.Children[new YamlScalarNode(key)] = child = new YamlMappingNode();
            }

            mapping = (YamlMappingNode)child;
        }

        mapping.Children[new YamlScalarNode(path[^1])] = Parse($"--set {setting}", setting[(equals + 1)..]) ?? new YamlScalarNode("");
    }

    private static string Limits(IConvertible? minimum, IConvertible? maximum) => (minimum, maximum) switch
    {
        (null, null) => "",
        (not null, null) => string.Create(CultureInfo.InvariantCulture, $" of at least {minimum}"),
        (null, not null) => string.Create(CultureInfo.InvariantCulture, $" of at most {maximum}"),
        _ => string.Create(CultureInfo.InvariantCulture, $" from {minimum} to {maximum}"),
    };

    private double ParseNumber(string key, YamlNode node, double minimum, double maximum)
    {
        string text = (node as YamlScalarNode)?.Value ?? "";
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value) && value >= minimum && value <= maximum
                ? value
                : throw Error(key, $"must be a number{Limits(minimum == double.MinValue ? null : minimum, maximum == double.MaxValue ? null : maximum)}, got '{(text.Length > 0 ? text : node)}'");
    }

    private YamlNode? Find(string key)
    {
        _known.Add(key);
        return _node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) && value is not YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" }
            ? value
            : null;
    }

    private long LineNumber(string key)
    {
        foreach (YamlNode written in _node.Children.Keys)
        {
            if (written is YamlScalarNode scalar && scalar.Value == key)
            {
                return written.Start.Line;
            }
        }

        return _node.Start.Line;
    }
}
