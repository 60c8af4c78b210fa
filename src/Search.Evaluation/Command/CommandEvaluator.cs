using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Search.Checkpoints;
using Search.Merging;
using Search.Results;

namespace Search.Evaluation.Command;

/// <summary>Has a program score candidates: it gets a folder with the merged model, or the coefficients alone, and prints scores as JSON.</summary>
/// <param name="options">The program.</param>
/// <param name="family">The models that are merged; must outlive the evaluator.</param>
/// <param name="tasks">The tasks' names.</param>
/// <param name="scores">The scores that every task must have.</param>
/// <param name="threads">How many threads the candidates scored at once may have together.</param>
/// <param name="companions">A folder whose files other than weights, such as a configuration and a tokenizer, belong to a merged model too; or null.</param>
public sealed class CommandEvaluator(CommandOptions options, ModelFamily family, IReadOnlyList<string> tasks, IReadOnlyList<Score> scores, int threads, string? companions = null) : ICandidateEvaluator
{
    private const string CoefficientsFile = "coefficients.json";

    private static readonly Dictionary<string, string> Metadata = new() { ["format"] = "pt" };

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, (DateTime Written, long Length, string Hash)> _files = [];
    private readonly Lazy<string> _models = new(() => string.Join('\n', family.Checkpoints.SelectMany(model => model.Tensors.Select(tensor => tensor.File)).Distinct().Select(RunInput.Hash)));
    private string? _work;
    private CommandCache? _cache;
    private Action<string> _note = _ => { };
    private int _next;

    /// <inheritdoc/>
    public string Engine => "command";

    /// <inheritdoc/>
    public string Device => "process";

    /// <inheritdoc/>
    public string Version => Path.GetFileName(options.Arguments[0]);

    /// <inheritdoc/>
    public int AtOnce => options.Parallel;

    /// <summary>Says where models lie while they are scored, and where what was said of them is kept; what a killed process left there goes.</summary>
    /// <param name="run">The run's folder, which this process alone writes.</param>
    /// <param name="note">Hears when a candidate cannot be written and when it can again; may be called by several threads.</param>
    public void WorkIn(string run, Action<string> note)
    {
        _note = note;
        _work = Path.Combine(run, "work");
        Clean();
        if (options.Cache)
        {
            _cache = new CommandCache(Path.Combine(Path.GetDirectoryName(run)!, "command-cache"));
            _cache.Prune();
        }
    }

    /// <inheritdoc/>
    public EvaluationResult Evaluate(CandidateModel candidate, DataRole role, CancellationToken cancellationToken)
    {
        string place = Path.Combine(LazyInitializer.EnsureInitialized(ref _work, () => Directory.CreateTempSubdirectory("search-command-").FullName), $"{Interlocked.Increment(ref _next)}");
        try
        {
            long start = Stopwatch.GetTimestamp();
            string? model = Lay(candidate, place, folder => ModelExport.Write(folder, family, candidate.Weights, TensorType.F32, Metadata), cancellationToken);
            TimeSpan merge = Stopwatch.GetElapsedTime(start);
            string? hash = _cache is null ? null : Hash(candidate, role, model);
            start = Stopwatch.GetTimestamp();
            IReadOnlyDictionary<string, double>? said = hash is null ? null : _cache!.Find(hash);
            if (said is null)
            {
                said = Ask(candidate, role, place, model, cancellationToken);
                if (hash is not null)
                {
                    _cache!.Add(hash, said);
                }
            }

            return new EvaluationResult(Tasks(candidate, said), Stopwatch.GetElapsedTime(start), TimeSpan.Zero) { Merge = merge };
        }
        finally
        {
            Remove(place);
        }
    }

    /// <summary>Scores a model's files as they are, whatever was said of the same content before; the program gets a folder of links to them and to the companions.</summary>
    /// <param name="candidate">Whose model it is.</param>
    /// <param name="role">Which data.</param>
    /// <param name="export">The model's folder, as <see cref="ModelExport"/> writes it.</param>
    /// <param name="cancellationToken">Stops the program.</param>
    /// <exception cref="EvaluationException">The model could not be scored.</exception>
    public EvaluationResult EvaluateFiles(CandidateModel candidate, DataRole role, string export, CancellationToken cancellationToken)
    {
        string place = Directory.CreateTempSubdirectory("search-command-").FullName;
        try
        {
            string? model = Lay(candidate, place, folder => LinkExport(export, folder), cancellationToken);
            return new EvaluationResult(Tasks(candidate, Ask(candidate, role, place, model, cancellationToken)), TimeSpan.Zero, TimeSpan.Zero);
        }
        finally
        {
            Remove(place);
        }
    }

    /// <inheritdoc/>
    EvaluationResult IEvaluator.Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A command is handed candidates.");

    /// <inheritdoc/>
    public void Dispose() => Clean();

    // Writes what the program is to see, and waits, as the ledger does, while the disk is full, read-only or gone: the candidate is not to blame.
    private string? Lay(CandidateModel candidate, string place, Action<string> writeModel, CancellationToken cancellationToken)
    {
        for (TimeSpan wait = FirstWait; ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            try
            {
                string model = Path.Combine(place, "model");
                Directory.CreateDirectory(place);
                File.WriteAllBytes(Path.Combine(place, CoefficientsFile), JsonSerializer.SerializeToUtf8Bytes(candidate.Coefficients.ToDictionary()));
                if (options.NeedsModel)
                {
                    writeModel(model);
                    LinkCompanions(model);
                }

                if (wait > FirstWait)
                {
                    _note("writing again");
                }

                return options.NeedsModel ? model : null;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SearchException { InnerException: IOException or UnauthorizedAccessException })
            {
                Remove(place); // the half of a model must not keep the room that others need
                _note(string.Create(CultureInfo.InvariantCulture, $"paused    {exception.Message}; candidate {candidate.Trial} is written again in {wait.TotalSeconds:0} s"));
                Task.Delay(wait, cancellationToken).GetAwaiter().GetResult();
            }
        }
    }

    private Dictionary<string, double> Ask(CandidateModel candidate, DataRole role, string place, string? model, CancellationToken cancellationToken)
    {
        string coefficients = Path.Combine(place, CoefficientsFile);
        Dictionary<string, string> variables = new()
        {
            ["SEARCH_TRIAL"] = candidate.Trial.ToString(CultureInfo.InvariantCulture),
            ["SEARCH_ROLE"] = Word(role),
            ["SEARCH_COEFFICIENTS"] = coefficients,
            ["SEARCH_MODEL"] = model ?? "",
            ["SEARCH_EXPERT"] = candidate.Expert ?? "",
            ["SEARCH_THREADS"] = Math.Max(1, threads / options.Parallel).ToString(CultureInfo.InvariantCulture),
        };
        string[] arguments = [.. options.Arguments.Select(argument => argument
            .Replace("{model}", model, StringComparison.Ordinal).Replace("{coefficients}", coefficients, StringComparison.Ordinal)
            .Replace("{role}", Word(role), StringComparison.Ordinal).Replace("{trial}", variables["SEARCH_TRIAL"], StringComparison.Ordinal))];
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                IReadOnlyDictionary<string, double> said = CommandScores.Read(CommandProcess.Run(arguments, options.Folder, variables, options.Timeout, cancellationToken));
                Tasks(candidate, said);
                return said.ToDictionary();
            }
            catch (EvaluationException exception) when (attempt < options.Retries || attempt > 0)
            {
                if (attempt == options.Retries)
                {
                    throw new EvaluationException($"{exception.Message} (the last of {attempt + 1} attempts)", exception);
                }
            }
        }
    }

    // A task's scores are those under its name; where there is one task, those under no name too.
    private TaskScores[] Tasks(CandidateModel candidate, IReadOnlyDictionary<string, double> said)
    {
        bool IsAsked(string task) => candidate.Tasks.Count == 0 || candidate.Tasks.Contains(task);
        return [.. tasks.Select(task =>
        {
            var own = new Dictionary<string, double>();
            foreach ((string name, double value) in IsAsked(task) ? said : new Dictionary<string, double>())
            {
                if (name.StartsWith($"{task}/", StringComparison.Ordinal))
                {
                    own[name[(task.Length + 1)..]] = value;
                }
                else if (tasks.Count == 1 && !name.Contains('/', StringComparison.Ordinal))
                {
                    own[name] = value;
                }
            }

            return IsAsked(task) && scores.FirstOrDefault(score => !own.ContainsKey(score.Name)) is { } missing
                ? throw new EvaluationException($"the command must print '{(tasks.Count == 1 ? missing.Name : $"{task}/{missing.Name}")}', got {(said.Count == 0 ? "no numbers" : string.Join(", ", said.Keys.Take(20)))}")
                : new TaskScores(task, own, 0, IsAsked(task) ? 1 : 0);
        })];
    }

    // The files of the model, or what decides them, and all else that scores depend on.
    private string Hash(CandidateModel candidate, DataRole role, string? model)
    {
        IEnumerable<string> about = model is null
            ? [_models.Value, candidate.Expert ?? "", .. candidate.Coefficients.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key}={one.Value:R}"))]
            : new DirectoryInfo(model).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal)
                .Select(file => $"{Path.GetRelativePath(model, file.FullName)} {RunInput.Hash(file.FullName)}");
        string text = string.Join('\n', [.. options.Arguments, .. options.Files.Select(HashOf), Word(role), .. tasks, .. scores.Select(score => score.Name), .. about]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    // A file that is edited while the search runs is another file from then on; one that is not is not read again.
    private string HashOf(string file)
    {
        var now = new FileInfo(file);
        if (!now.Exists)
        {
            return "";
        }

        if (!_files.TryGetValue(file, out (DateTime Written, long Length, string Hash) known) || (known.Written, known.Length) != (now.LastWriteTimeUtc, now.Length))
        {
            _files[file] = known = (now.LastWriteTimeUtc, now.Length, RunInput.Hash(file));
        }

        return known.Hash;
    }

    private static void LinkExport(string export, string model)
    {
        Directory.CreateDirectory(model);
        foreach (string file in Directory.EnumerateFiles(Path.GetFullPath(export)).Where(file => file.EndsWith(".safetensors", StringComparison.Ordinal) || file.EndsWith(".index.json", StringComparison.Ordinal)))
        {
            File.CreateSymbolicLink(Path.Combine(model, Path.GetFileName(file)), file);
        }

        string own = Path.GetFullPath(Path.Combine(export, ModelExport.PrivateFolder));
        if (Directory.Exists(own))
        {
            Directory.CreateSymbolicLink(Path.Combine(model, ModelExport.PrivateFolder), own);
        }
    }

    private void LinkCompanions(string model)
    {
        foreach (string file in companions is null ? [] : Directory.EnumerateFiles(companions))
        {
            string name = Path.GetFileName(file);
            if (!name.EndsWith(".safetensors", StringComparison.Ordinal) && !name.EndsWith(".index.json", StringComparison.Ordinal) && !name.EndsWith(".bin", StringComparison.Ordinal))
            {
                File.CreateSymbolicLink(Path.Combine(model, name), Path.GetFullPath(file));
            }
        }
    }

    private static string Word(DataRole role) => Yaml.YamlText.Word(role);

    private void Clean()
    {
        if (_work is not null)
        {
            Remove(_work);
        }
    }

    // What cannot be removed now goes when the run is resumed.
    private static void Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The disk that lost it may have been what failed before.
        }
    }
}
