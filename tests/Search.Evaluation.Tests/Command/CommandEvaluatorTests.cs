using System.Diagnostics;
using System.Text.Json;
using Search.Checkpoints;
using Search.Evaluation.Command;
using Search.Merging;

namespace Search.Evaluation.Tests.Command;

/// <summary>Programs that behave and programs that do not, as shell scripts.</summary>
internal sealed class CommandEvaluatorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("search command ").FullName;
    private readonly ModelFamily _family;

    public CommandEvaluatorTests()
    {
        Directory.CreateDirectory(At("base"));
        File.WriteAllText(At("base/config.json"), "{}");
        SafetensorsWriter.Write(At("base/model.safetensors"), [TensorContent.FromFloats("w", TensorType.F32, [2], new float[] { 1, 2 })]);
        SafetensorsWriter.Write(At("a.safetensors"), [TensorContent.FromFloats("w", TensorType.F32, [2], new float[] { 3, 4 })]);
        _family = ModelFamily.Open(At("base"), [KeyValuePair.Create("a", At("a.safetensors"))], []);
    }

    [Test]
    public void Evaluate_Program_GetsModelCoefficientsAndSurroundings()
    {
        using CommandEvaluator evaluator = Create("""
            echo loading {}
            echo '{"step": 1}'
            read -r line < "$SEARCH_COEFFICIENTS"; echo "$line" > seen
            echo "$1 $2 $SEARCH_TRIAL $SEARCH_ROLE $SEARCH_THREADS $(ls "$1" | tr '\n' ' ')" >> seen
            cp "$SEARCH_MODEL/model.safetensors" copy.safetensors
            printf '{"fit": 0.25,\n "a": {"loss": 2, "note": "x"}, "b": {"loss": 3}}\ndone\n'
            """, options => options with { Arguments = [.. options.Arguments, "{model}", "{role}"], Parallel = 2 }, ["a", "b"], "loss");

        EvaluationResult result = evaluator.Evaluate(Candidate(0.5), DataRole.Report, CancellationToken.None);

        string[] seen = File.ReadAllLines(At("seen"));
        using Checkpoint copy = Checkpoint.Open(At("copy.safetensors"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Tasks.Select(task => (task.Task, task.Scores.Count, task.Scores["loss"])), Is.EqualTo(new[] { ("a", 1, 2.0), ("b", 1, 3.0) }));
            Assert.That(JsonDocument.Parse(seen[0]).RootElement.GetProperty("a").GetDouble(), Is.EqualTo(0.5));
            Assert.That(seen[1], Does.EndWith("/model report 7 report 2 config.json model.safetensors "));
            Assert.That(copy.ReadFloats(copy.Find("w")!), Is.EqualTo(new float[] { 2, 3 }));
            Assert.That(Directory.GetDirectories(At("run/work")), Is.Empty, "what was scored is gone");
        }
    }

    [TestCase("echo careful >&2; echo broken >&2; exit 3", "sh ended with code 3: careful / broken")]
    [TestCase("exit 4", "sh ended with code 4, with nothing on standard error")]
    [TestCase("kill -9 $$", "sh ended with code 137, signal 9")]
    [TestCase("true", "must print a JSON object of scores last, in lines of its own: there is none; it printed nothing")]
    [TestCase("echo all good", "it printed 'all good'")]
    [TestCase("echo '{\"fit\": NaN}'", "it printed '{\"fit\": NaN}'")]
    [TestCase("echo '{\"fti\": 1, \"speed\": 2}'", "the command must print 'fit', got fti, speed")]
    [TestCase("echo '{\"fit\": \"good\"}'", "the command must print 'fit', got no numbers")]
    [TestCase("echo '{\"fit\": 1, \"x\": 1e999}'", "the command must print finite numbers, got 1e999 for 'x'")]
    [TestCase("printf '{\"\\\\ud800\": 1}\\n'", "it has a name that is no text")]
    [TestCase("sleep 100", "sh took longer than 1 s")]
    [TestCase("trap '' TERM INT; echo still here >&2; while true; do sleep 1; done", "sh took longer than 1 s: still here")]
    public void Evaluate_ProgramThatMisbehaves_IsAFailedCandidateWithAReason(string script, string reason)
    {
        using CommandEvaluator evaluator = Create(script);
        long start = Stopwatch.GetTimestamp();
        Assert.That(() => Evaluate(evaluator, 0.5), Throws.TypeOf<EvaluationException>().With.Message.Contains(reason));
        Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(30)));
        Assert.That(Directory.GetDirectories(At("run/work")), Is.Empty);
    }

    [TestCase("echo '{\"fit\": 3}'; echo saved {out}")]
    [TestCase("printf '{\"fit\": 1}\\n{\n\"fit\": 3, \"more\":\n{\n\"fit\": 2\n}\n}\n}}\n'")]
    [TestCase("echo '{\"fit\": 3}'; echo '{broken'")]
    public void Evaluate_OutputAroundTheLastObject_IsIgnored(string script)
    {
        using CommandEvaluator evaluator = Create(script);
        Assert.That(Evaluate(evaluator, 0.5), Is.EqualTo(3));
    }

    [Test]
    public void EvaluateFiles_Export_IsGivenWithCompanionsAndLeftAlone()
    {
        using CommandEvaluator evaluator = Create("ls \"$SEARCH_MODEL\" > seen; cat \"$SEARCH_MODEL/config.json\" \"$SEARCH_MODEL/private/a.safetensors\" >> seen; echo '{\"fit\": 1}'");
        Directory.CreateDirectory(At("best/private"));
        foreach (string name in new[] { "best/model-00001-of-00002.safetensors", "best/model.safetensors.index.json", "best/README.md", "best/private/a.safetensors" })
        {
            File.WriteAllText(At(name), "own");
        }

        evaluator.EvaluateFiles(Candidate(0.5), DataRole.Search, At("best"), CancellationToken.None);
        Assert.That(File.ReadAllText(At("seen")), Is.EqualTo("config.json\nmodel-00001-of-00002.safetensors\nmodel.safetensors.index.json\nprivate\n{}own"));
        Assert.That(File.ReadAllText(At("best/private/a.safetensors")), Is.EqualTo("own"));
    }

    [Test]
    public void Evaluate_WorkFolderThatCannotBeWritten_WaitsAndLosesNoScoreToTheCache()
    {
        var notes = new List<string>();
        using CommandEvaluator evaluator = Create("echo '{\"fit\": 1}'", note: note =>
        {
            notes.Add(note);
            if (File.Exists(At("run/work")))
            {
                File.Delete(At("run/work"));
            }
        });
        File.WriteAllText(At("run/work"), "in the way");
        File.WriteAllText(At("command-cache"), "in the way");
        Assert.That(Evaluate(evaluator, 0.5), Is.EqualTo(1));
        Assert.That(notes, Is.EqualTo(new[] { notes[0], "writing again" }));
        Assert.That(notes[0], Does.StartWith("paused    ").And.EndWith("; candidate 7 is written again in 1 s"));
    }

    [Test]
    public void Evaluate_ProgramThatIsNotThere_IsAFailedCandidate()
    {
        using CommandEvaluator evaluator = Create("", options => options with { Arguments = ["no-such-program"] });
        Assert.That(() => Evaluate(evaluator, 0.5), Throws.TypeOf<EvaluationException>().With.Message.Contains("no-such-program ended with code 127").And.Message.Contains("not found"));
    }

    [TestCase("sleep 1000 & echo $! > left; sleep 1000", true)]
    [TestCase("(sleep 1000 & echo $! > left); echo '{\"fit\": 1}'", false)]
    [TestCase("sleep 1000 >/dev/null 2>&1 & echo $! > left; exit 1", true)]
    public void Evaluate_ProgramThatStartsOthers_LeavesNoneBehind(string script, bool fails)
    {
        using CommandEvaluator evaluator = Create(script);
        Assert.That(() => Evaluate(evaluator, 0.5), fails ? Throws.TypeOf<EvaluationException>() : Throws.Nothing);
        AssertGone(File.ReadAllText(At("left")).Trim());
    }

    [Test]
    public void Evaluate_HugeOutput_KeepsItsEndOnly()
    {
        using CommandEvaluator evaluator = Create("yes 'nothing to see here' | head -c 30000000; echo; yes why | head -c 30000000 >&2; echo '{\"fit\": 2}'", options => options with { Timeout = TimeSpan.FromMinutes(1) });
        Assert.That(Evaluate(evaluator, 0.5), Is.EqualTo(2));
    }

    [Test]
    public void Evaluate_SameContentAgain_IsNotAskedAgainEvenByAnotherRun()
    {
        const string Script = "echo x >> asked; echo '{\"fit\": 1}'";
        int Asked() => File.ReadAllLines(At("asked")).Length;
        using (CommandEvaluator evaluator = Create(Script))
        {
            Evaluate(evaluator, 0.5);
            Evaluate(evaluator, 0.5);
            Assert.That(Asked(), Is.EqualTo(1));
            Evaluate(evaluator, 0.25);
            evaluator.Evaluate(Candidate(0.25), DataRole.Report, CancellationToken.None);
            Assert.That(Asked(), Is.EqualTo(3), "other weights and other data are other content");
            evaluator.EvaluateFiles(Candidate(0.5), DataRole.Search, At("base"), CancellationToken.None);
            Assert.That(Asked(), Is.EqualTo(4), "a check asks anew");
            File.AppendAllText(At("score.sh"), "# edited");
            Evaluate(evaluator, 0.5);
            Assert.That(Asked(), Is.EqualTo(5), "an edited program is another");
            File.WriteAllText(At("score.sh"), Script);
        }

        using (CommandEvaluator again = Create(Script))
        {
            again.WorkIn(Directory.CreateDirectory(At("another")).FullName, _ => { });
            Evaluate(again, 0.5);
            Assert.That(Asked(), Is.EqualTo(5));
        }

        using (CommandEvaluator changed = Create(Script + " # another program"))
        {
            Evaluate(changed, 0.5);
            Assert.That(Asked(), Is.EqualTo(6));
        }

        using CommandEvaluator never = Create(Script, options => options with { Cache = false });
        Evaluate(never, 0.5);
        Evaluate(never, 0.5);
        Assert.That(Asked(), Is.EqualTo(8));
    }

    [TestCase(1, false)]
    [TestCase(2, true)]
    public void Evaluate_ProgramThatFailsTwice_IsTriedAgainAsOftenAsWanted(int retries, bool succeeds)
    {
        using CommandEvaluator evaluator = Create("echo x >> tried; [ $(wc -l < tried) -gt 2 ] || exit 1; echo '{\"fit\": 1}'", options => options with { Retries = retries });
        if (succeeds)
        {
            Assert.That(Evaluate(evaluator, 0.5), Is.EqualTo(1));
        }
        else
        {
            Assert.That(() => Evaluate(evaluator, 0.5), Throws.TypeOf<EvaluationException>().With.Message.Contains("(the last of 2 attempts)"));
        }

        Assert.That(File.ReadAllLines(At("tried")), Has.Length.EqualTo(retries + 1));
    }

    [Test]
    public void Evaluate_Cancelled_StopsTheProgram()
    {
        using CommandEvaluator evaluator = Create("echo $$ > left; sleep 1000", options => options with { Timeout = TimeSpan.FromMinutes(2) });
        using var source = new CancellationTokenSource();
        var evaluation = Task.Run(() => evaluator.Evaluate(Candidate(0.5), DataRole.Search, source.Token));
        Assert.That(SpinWait.SpinUntil(() => File.Exists(At("left")) && File.ReadAllText(At("left")).EndsWith('\n'), TimeSpan.FromSeconds(30)));
        source.Cancel();
        Assert.That(async () => await evaluation, Throws.InstanceOf<OperationCanceledException>());
        AssertGone(File.ReadAllText(At("left")).Trim());
    }

    [Test]
    public void WorkIn_WhatAKilledProcessLeft_IsRemoved()
    {
        Directory.CreateDirectory(At("run/work/3/model"));
        File.WriteAllText(At("run/work/3/model/model.safetensors"), "large");
        using CommandEvaluator evaluator = Create("echo '{\"fit\": 1}'");
        Assert.That(At("run/work"), Does.Not.Exist);
        Assert.That(() => ((IEvaluator)evaluator).Evaluate(new WeightSet(_family.Layout), DataRole.Search, CancellationToken.None), Throws.TypeOf<NotSupportedException>());
    }

    public void Dispose()
    {
        _family.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private CommandEvaluator Create(string script, Func<CommandOptions, CommandOptions>? change = null, IReadOnlyList<string>? tasks = null, string score = "fit", Action<string>? note = null)
    {
        File.WriteAllText(At("score.sh"), script);
        var options = new CommandOptions { Arguments = ["sh", "score.sh"], Folder = _folder, Timeout = TimeSpan.FromSeconds(1), Roles = [DataRole.Search, DataRole.Report] };
        var evaluator = new CommandEvaluator(change?.Invoke(options) ?? options, _family, tasks ?? ["all"], [new Score(ScoreKind.Given) { Key = score }], threads: 4, companions: At("base"));
        evaluator.WorkIn(Directory.CreateDirectory(At("run")).FullName, note ?? (_ => { }));
        return evaluator;
    }

    private double Evaluate(CommandEvaluator evaluator, double weight) => evaluator.Evaluate(Candidate(weight), DataRole.Search, CancellationToken.None).Tasks[0].Scores["fit"];

    private CandidateModel Candidate(double weight)
    {
        PreparedMerge merge = new Search.Merging.Operators.TaskArithmetic().Prepare(TaskVectors.Mapped(_family, TensorType.F32));
        var space = new MergeSpace(merge, new CoefficientGroups(_family, new GranularityGrouping(Granularity.Model), new TensorBlocks(TensorBlocks.DefaultPatterns), new TensorKinds([])), BufferPolicy.Average);
        return new CandidateModel(7, [KeyValuePair.Create("a", weight)], null, [], space.Decode([weight]));
    }

    // A process that was killed and that nobody has waited for yet is no process any more.
    private static void AssertGone(string process) => Assert.That(
        SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{process}") || File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal), TimeSpan.FromSeconds(10)),
        $"process {process} is left");
}
