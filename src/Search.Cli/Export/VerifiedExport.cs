using System.Text.Json;
using Search.Checkpoints;
using Search.Controller;
using Search.Evaluation;
using Search.Evaluation.Command;
using Search.Merging;
using Search.Results;
using Search.Yaml;

namespace Search.Cli.Export;

/// <summary>Writes a trial's merged model, reads it back, scores it again and compares with the ledger before calling it exported.</summary>
internal static class VerifiedExport
{
    // Constant weights are folded and laid out otherwise than weights that are fed, and a graph may keep them in 11 bits.
    private const double GraphTolerance = 1e-3;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>How far an export's objective may be from the ledger's, as a fraction of it where it is above 1.</summary>
    /// <param name="session">The study: a device merges in another order than the export, and task vectors rounded to 8 or 11 bits give another model.</param>
    /// <param name="type">The element type of the export; numbers of 11 or 8 bits are off by up to 2⁻¹² or 2⁻⁹ of themselves.</param>
    public static double Tolerance(StudySession session, TensorType type)
    {
        double scored = session.Study.Evaluator.Command is { } command ? command.Tolerance
            : session.Evaluator is not IMergingEvaluator ? 1e-6
            : session.Study.Evaluator.Vectors is "bfloat16" or "float16" ? 1e-2 : 1e-5;
        return Math.Max(scored, type switch { TensorType.F16 => 1e-2, TensorType.BF16 => 5e-2, _ => 0 });
    }

    /// <summary>Exports a trial.</summary>
    /// <param name="session">The study.</param>
    /// <param name="run">The run.</param>
    /// <param name="trial">The trial, on search data.</param>
    /// <param name="trials">The ledger.</param>
    /// <param name="options">What is written, and where.</param>
    /// <param name="cancellationToken">Stops scoring.</param>
    /// <returns>The objectives of the files as read back.</returns>
    /// <exception cref="SearchException">The files do not score what the ledger says.</exception>
    public static IReadOnlyList<double> Write(StudySession session, RunDirectory run, Trial trial, IReadOnlyCollection<Trial> trials, ExportOptions options, CancellationToken cancellationToken)
    {
        if (options.WithGraph && session.Study.Evaluator.Command is not null)
        {
            throw new SearchException($"study {session.Study.Name} is scored by a command, so there is no graph to export; leave out --onnx.");
        }

        string folder = options.Folder;
        var metadata = new Dictionary<string, string> { ["format"] = "pt", ["search.run_id"] = run.RunId, ["search.trial_id"] = $"{trial.Id}" };
        ExportFolder.Clear(folder, isOwned: Path.GetFullPath(folder) == Path.GetFullPath(run.Best));
        IReadOnlyList<TaskMerge> models = session.Models(trial);
        var files = new List<string>();
        var opens = new Dictionary<TaskMerge, string>();
        foreach (TaskMerge model in models)
        {
            string[] written = [.. ModelExport.Write(Path.Combine(folder, model.Expert ?? ""), session.Family, model.Decide(), options.Type, metadata, options.ShardBytes).Select(file => Path.Join(model.Expert, file))];
            opens[model] = Path.Combine(folder, written[0]);
            files.AddRange(written);
        }

        EvaluationResult[] results = [.. models.Select(model => session.Evaluator is CommandEvaluator command
            ? command.EvaluateFiles(model.Candidate(session.Space, trial, model.Decide()), trial.Role, Path.GetDirectoryName(opens[model])!, cancellationToken)
            : Score(session, opens[model], trial, cancellationToken))];
        TaskScores[] tasks = [.. results[0].Tasks.Select((task, index) => results[models.ToList().FindIndex(model => model.IsFor(task.Task))].Tasks[index])];
        double[] objectives = [.. session.Study.Objectives.SelectMany(objective => objective.Values(tasks, trial.Coefficients, session.Initial))];
        double gap = trial.Objectives.Zip(objectives, (recorded, read) => Math.Abs(recorded - read) / Math.Max(1, Math.Abs(recorded))).DefaultIfEmpty(0).Max();
        if (!(gap <= Tolerance(session, options.Type)))
        {
            throw new SearchException($"{folder}: the exported model scores [{string.Join(", ", objectives)}], but the ledger says [{string.Join(", ", trial.Objectives)}] for trial {trial.Id}, more apart than {options.Type} explains; it is not to be trusted.");
        }

        if (options.WithGraph)
        {
            files.AddRange(WriteGraphs(session, folder, opens, trial, cancellationToken));
        }

        bool isReference = trial.Strategy == Reference.Strategy;
        (string? mergekit, string? reason) = isReference ? (null, "a reference is no candidate") : MergekitConfig.Write(session.Study, session.Space, trial.Coefficients, Path.GetFullPath(folder));
        void WriteText(string name, string text)
        {
            AtomicFile.WriteAllText(Path.Combine(folder, name), text);
            files.Add(name);
        }

        if (mergekit is not null)
        {
            WriteText(MergekitConfig.FileName, mergekit);
        }

        WriteText(ModelCard.FileName, ModelCard.Write(session, run, trial, trials, objectives, options.Type.ToString(), reason));
        AtomicFile.WriteAllText(Path.Combine(folder, ExportFolder.Manifest), JsonSerializer.Serialize(
            new
            {
                SchemaVersion = 1,
                Version = StudyRun.ProgramVersion,
                run.RunId,
                TrialId = trial.Id,
                trial.Strategy,
                trial.Label,
                DType = options.Type.ToString(),
                Operator = new { session.Study.Merge.Operator.Name, Settings = session.Study.Merge.Operator.Entries().Where(entry => entry.Value is not null).ToDictionary(entry => entry.Key, entry => entry.Value) },
                Coefficients = isReference
                    ? session.Family.Experts.Zip(trial.Coefficients).ToDictionary(entry => entry.First.Key, entry => entry.Second)
                    : Enumerable.Range(0, session.Space.Dimension).Select(index => KeyValuePair.Create(session.Space.Name(index), trial.Coefficients[index]))
                        .Concat(session.Study.Merge.Chunks.Fixed.SelectMany(group => session.Family.Experts.Zip(group.Value, (expert, value) => KeyValuePair.Create($"{expert.Key}/{group.Key}", value))))
                        .ToDictionary(),
                Objectives = session.Study.ObjectiveNames,
                RecordedObjectives = trial.Objectives,
                VerifiedObjectives = objectives,
                Files = files.ToDictionary(file => file, file => RunInput.Hash(Path.Combine(folder, file))),
                Inputs = RunManifest.Read(run).Inputs,
            },
            Json) + "\n");
        return objectives;
    }

    // One graph for all tasks, or one for each expert that has tensors of its own or a model of its own; each is scored as it is, without anything being fed.
    private static List<string> WriteGraphs(StudySession session, string folder, Dictionary<TaskMerge, string> opens, Trial trial, CancellationToken cancellationToken)
    {
        bool isOne = session.Family.PrivateNames.Count == 0 && opens.Count == 1;
        var files = new List<string>();
        foreach (IGrouping<string, TaskDefinition> tasks in session.Study.Tasks.GroupBy(task => isOne ? "model" : task.Expert!))
        {
            TaskMerge model = opens.Keys.First(model => model.IsFor(tasks.First().Name));
            string path = Path.Combine(folder, ExportFolder.Graphs, $"{tasks.Key}.onnx");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (Checkpoint merged = Checkpoint.Open(opens[model]))
            {
                files.AddRange(OnnxExport.Write(path, session.Family.Layout, StudySession.OptionsOf(session.Study, session.Family, [], tasks.ToArray()), merged).Select(file => Path.GetRelativePath(folder, file)));
            }

            // Of a gradient step, which saw a few examples, too: on all of them.
            IReadOnlyList<TaskScores> scored = Score(session, opens[model], trial with { Scores = new Dictionary<string, double>() }, cancellationToken).Tasks;
            using var evaluator = new OnnxRuntimeEvaluator(new WeightLayout([]), StudySession.OptionsOf(session.Study, session.Family, [], tasks.ToArray()) with { GraphPath = path, PrivateTensors = [], Base = null, Rename = [], Device = "cpu" });
            foreach (TaskScores task in evaluator.Evaluate(new WeightSet(new WeightLayout([])), trial.Role, cancellationToken).Tasks)
            {
                double weights = scored.First(other => other.Task == task.Task).Scores[PredictionScores.Entropy];
                double graph = task.Scores[PredictionScores.Entropy];
                if (!(Math.Abs(graph - weights) <= GraphTolerance * Math.Max(1, Math.Abs(weights))))
                {
                    throw new SearchException($"{path}: run by itself, it gives task {task.Task} an entropy of {graph} on {YamlText.Word(trial.Role)} data, but the exported weights give {weights}; it is not to be trusted.");
                }
            }
        }

        return files;
    }

    // From the files alone: merged tensors and private tensors both as written.
    private static EvaluationResult Score(StudySession session, string path, Trial trial, CancellationToken cancellationToken)
    {
        using Checkpoint model = Checkpoint.Open(path);
        var own = new Dictionary<string, Checkpoint>();
        try
        {
            Checkpoint Expert(string name)
            {
                string file = Path.Combine(Path.GetDirectoryName(path)!, ModelExport.PrivateFolder, $"{name}.safetensors");
                return own.TryGetValue(name, out Checkpoint? open) ? open : own[name] = File.Exists(file) ? Checkpoint.Open(file) : session.Family.Expert(name);
            }

            using IEvaluator evaluator = StudySession.CreateEvaluator(session.Study, session.Family, Objective.ScoresOf(session.Study.Objectives), Expert);
            var weights = new WeightSet(session.Family.Layout);
            for (int t = 0; t < session.Family.Shared.Count; t++)
            {
                model.ReadFloats(model.Find(session.Family.Shared[t].Name)!, 0, weights[t].Span);
            }

            // A gradient step saw a few examples, drawn by its number: they are scored again.
            return StudySummary.Examples(trial) is { } examples && evaluator is IGradientEvaluator gradient
                ? gradient.EvaluateGradients(weights, trial.Role, new ExampleDraw(trial.Seed, trial.Generation!.Value, examples), session.Study.Objectives, _ => (_, _) => { }, cancellationToken)
                : evaluator.Evaluate(weights, trial.Role, cancellationToken);
        }
        finally
        {
            foreach (Checkpoint checkpoint in own.Values.Where(checkpoint => session.Family.Experts.All(expert => expert.Value != checkpoint)))
            {
                checkpoint.Dispose();
            }
        }
    }
}
