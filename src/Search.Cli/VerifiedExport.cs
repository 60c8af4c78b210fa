using System.Text.Json;
using Search.Checkpoints;
using Search.Controller;
using Search.Evaluation;
using Search.Merging;
using Search.Results;

namespace Search.Cli;

/// <summary>Writes a trial's merged model, reads it back, scores it again and compares with the ledger before calling it exported.</summary>
internal static class VerifiedExport
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>How far a float32 export's objective may be from the ledger's, as a fraction of it where it is above 1.</summary>
    /// <param name="session">The study: a device merges in another order than the export, and task vectors rounded to 8 or 11 bits give another model.</param>
    public static double Tolerance(StudySession session) =>
        session.Evaluator is not IMergingEvaluator ? 1e-6 : session.Study.Evaluator.Vectors is "bfloat16" or "float16" ? 1e-2 : 1e-5;

    private const string ManifestFile = "manifest.json";

    /// <summary>Exports a trial.</summary>
    /// <returns>The objectives of the files as read back.</returns>
    /// <exception cref="SearchException">The files do not score what the ledger says.</exception>
    public static IReadOnlyList<double> Write(StudySession session, RunDirectory run, Trial trial, string folder, TensorType type, CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, string> { ["format"] = "pt", ["search.run_id"] = run.RunId, ["search.trial_id"] = $"{trial.Id}" };
        if (File.Exists(Path.Combine(folder, ManifestFile)))
        {
            // It vouches for files that are about to be replaced.
            File.Delete(Path.Combine(folder, ManifestFile));
        }

        IReadOnlyList<TaskMerge> models = session.Models(trial);
        string[] files = [.. models.SelectMany(model => ModelExport.Write(Path.Combine(folder, model.Expert ?? ""), session.Family, model.Decide(), type, metadata).Select(file => Path.Join(model.Expert, file)))];
        IReadOnlyList<double> objectives = Score(session, folder, trial, models, cancellationToken);
        double gap = trial.Objectives.Zip(objectives, (recorded, read) => Math.Abs(recorded - read) / Math.Max(1, Math.Abs(recorded))).DefaultIfEmpty(0).Max();
        if (type == TensorType.F32 && !(gap <= Tolerance(session)))
        {
            throw new SearchException($"{folder}: the exported model scores [{string.Join(", ", objectives)}], but the ledger says [{string.Join(", ", trial.Objectives)}] for trial {trial.Id}; it is not to be trusted.");
        }

        AtomicFile.WriteAllText(Path.Combine(folder, ManifestFile), JsonSerializer.Serialize(
            new
            {
                SchemaVersion = 1,
                run.RunId,
                TrialId = trial.Id,
                trial.Strategy,
                trial.Label,
                DType = type.ToString(),
                Coefficients = trial.Strategy == Reference.Strategy
                    ? session.Family.Experts.Zip(trial.Coefficients).ToDictionary(entry => entry.First.Key, entry => entry.Second)
                    : Enumerable.Range(0, session.Space.Dimension).Select(index => KeyValuePair.Create(session.Space.Name(index), trial.Coefficients[index]))
                        .Concat(session.Study.Merge.Chunks.Fixed.SelectMany(group => session.Family.Experts.Zip(group.Value, (expert, value) => KeyValuePair.Create($"{expert.Key}/{group.Key}", value))))
                        .ToDictionary(),
                RecordedObjectives = trial.Objectives,
                VerifiedObjectives = objectives,
                Files = files.ToDictionary(file => file, file => RunInput.Hash(Path.Combine(folder, file))),
                Inputs = RunManifest.Read(run).Inputs,
            },
            Json) + "\n");
        return objectives;
    }

    // From the files alone: merged tensors and private tensors both as written.
    private static double[] Score(StudySession session, string folder, Trial trial, IReadOnlyList<TaskMerge> models, CancellationToken cancellationToken)
    {
        EvaluationResult[] results = [.. models.Select(model => Score(session, Path.Combine(folder, model.Expert ?? ""), trial, cancellationToken))];
        TaskScores[] tasks = [.. results[0].Tasks.Select((task, index) => results[models.ToList().FindIndex(model => model.IsFor(task.Task))].Tasks[index])];
        return [.. session.Study.Objectives.SelectMany(objective => objective.Values(tasks, trial.Coefficients, session.Initial))];
    }

    private static EvaluationResult Score(StudySession session, string folder, Trial trial, CancellationToken cancellationToken)
    {
        using Checkpoint model = Checkpoint.Open(Path.Combine(folder, ModelExport.ModelFile));
        var own = new Dictionary<string, Checkpoint>();
        try
        {
            Checkpoint Expert(string name)
            {
                string file = Path.Combine(folder, ModelExport.PrivateFolder, $"{name}.safetensors");
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
                ? gradient.EvaluateGradient(weights, trial.Role, new ExampleDraw(trial.Seed, trial.Generation!.Value, examples), session.Study.Objectives[0], (_, _) => { }, cancellationToken)
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
