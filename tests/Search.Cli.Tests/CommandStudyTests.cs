using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Search.Cli.Tests;

/// <summary>Studies that a program scores, without a graph and without batches.</summary>
public sealed class CommandStudyTests : IDisposable
{
    private const string Content =
        "SELECT * EXCLUDE (run_id, started_at, merge_ms, forward_ms, backward_ms, objective_ms) FROM trials ORDER BY trial_id, role";

    // Prints how near coefficients are to 0.7: 1 where they are there.
    private const string Fit = "tr -d '{}\"' < $SEARCH_COEFFICIENTS | tr ',' '\\n' | awk -F: '{ s += ($2 - 0.7) ^ 2 } END { printf \"{\\\"fit\\\": %.12f}\\n\", 1 - s }'";

    private readonly TinyStudy _study = new();

    public CommandStudyTests() => _study.Write(
        """
        name: given
        model: { base: base.safetensors, experts: { a: a.safetensors, b: b.safetensors }, private: ['^head\.'] }
        merge: { granularity: model }
        objectives: [ { score: fit, direction: maximize } ]
        evaluator: { engine: command, command: [sh, score.sh, '{role}'], input: coefficients, roles: [search, report], timeout: 20s }
        strategy: { name: cma_es, population: 6 }
        budget: { evaluations: 30 }
        seed: 1
        """);

    [Test]
    public void Run_ScoreToMaximise_FindsItKeepsItRawAndIsVerified()
    {
        Script(Fit);
        SearchProcess run = Search("run", _study.Path, "--run-id", "one", "--set", "evaluator.parallel=3");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using JsonDocument show = JsonDocument.Parse(Search("show", "one", "--json").Output);
        JsonElement best = show.RootElement.GetProperty("best");
        double fit = best.GetProperty("scores").GetProperty("all/fit").GetDouble();
        Assert.Multiple(() =>
        {
            Assert.That(run.Error, Does.Contain("references: 4/4 trials"), "base, two experts, uniform average");
            Assert.That(run.Output, Does.Contain("the objective is -fit, lower is better").And.Contain("its coefficients scored again"));
            Assert.That(fit, Is.InRange(0.97, 1));
            Assert.That(best.GetProperty("objectives")[0].GetDouble(), Is.EqualTo(-fit));
            Assert.That(best.GetProperty("report").GetProperty("all/fit").GetDouble(), Is.EqualTo(fit));
            Assert.That(best.GetProperty("coefficients").EnumerateArray().Select(value => value.GetDouble()), Is.All.EqualTo(0.7).Within(0.18));
            Assert.That(Directory.GetDirectories(_study.Results, "work", SearchOption.AllDirectories), Is.Empty);
        });

        // One at a time gives the same ledger; and its end can be on the scale that the program prints.
        Assert.That(Search("run", _study.Path, "--run-id", "two", "--set", "evaluator.cache=false").ExitCode, Is.Zero);
        Assert.That(Query("two", Content), Is.EqualTo(Query("one", Content)));
        Assert.That(Search("run", _study.Path, "--run-id", "until", "--set", "budget.target=0.9").Output, Does.Contain("the objective reached the target 0.9"));
        File.AppendAllText(_study.File("score.sh"), "# other\n");
        Assert.That(Search("resume", "one").Error, Does.Contain("score.sh has"));
    }

    [Test]
    public void Run_ProgramThatLoadsTheModel_IsGivenOneAndFailuresAreTrials()
    {
        // Every third time it fails; the model's size is its score.
        Script("echo x >> count; [ $(($(wc -l < count) % 3)) -ne 0 ] || { echo out of luck >&2; exit 9; }; printf '{\"a\": {\"size\": %d}, \"b\": {\"size\": 1}}\\n' $(wc -c < \"$1/model.safetensors\")");
        SearchProcess run = Search(
            "run", _study.Path, "--run-id", "one", "--set", "evaluator={ engine: command, command: [sh, score.sh, '{model}'], cache: false }", "--set", "objectives=[{ score: size, aggregate: max }]",
            "--set", "tasks={ a: {}, b: {} }", "--set", "merge.operator=emr", "--set", "budget.evaluations=6");
        Assert.That(run.Error, Does.Not.Contain("   at "));
        string[] rows = Query("one", "SELECT state, reason FROM trials WHERE strategy = 'cma_es' ORDER BY trial_id").Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.Multiple(() =>
        {
            Assert.That(rows, Has.Some.EqualTo("failed,sh ended with code 9: out of luck"));
            Assert.That(Query("one", "SELECT DISTINCT scores['b/size'], scores['a/size'] > 1000 FROM trials WHERE state = 'complete'"), Does.EndWith("\n1,true\n"));
        });
    }

    [Test]
    public void Resume_AfterKills_GivesTheLedgerOfAnUnbrokenRunAndLeavesNoProgram()
    {
        Script("echo $$ >> pids; sleep 0.05; " + Fit);
        for (int kills = 0; kills < 2; kills++)
        {
            string[] start = kills == 0 ? ["run", _study.Path, "--run-id", "broken"] : ["resume", "broken"];
            using Process process = SearchProcess.Start([.. start, "--out", _study.Results]);
            int before = Pids().Length;
            Assert.That(SpinWait.SpinUntil(() => Pids().Length > before + 8, TimeSpan.FromSeconds(60)));
            process.Kill();
            process.WaitForExit();
            Assert.That(SpinWait.SpinUntil(() => Pids().All(pid => !IsAlive(pid)), TimeSpan.FromSeconds(10)), "programs end with the search");
        }

        SearchProcess resumed = Search("resume", "broken");
        Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
        Assert.That(Search("run", _study.Path, "--run-id", "whole", "--set", "evaluator.cache=false").ExitCode, Is.Zero);
        Assert.That(Query("broken", Content), Is.EqualTo(Query("whole", Content)));
    }

    [TestCase("name: cma_es, population: 6", "name: adamerging", "needs derivatives, which a command does not give")]
    [TestCase("score: fit", "score: fti", "the base model itself cannot be scored, so no candidate could: the command must print 'fti', got fit")]
    public void Run_WrongCommand_FailsInOneSentence(string text, string replacement, string message)
    {
        Script(Fit);
        _study.Replace(text, replacement);
        SearchProcess run = Search("run", _study.Path);
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain(message).And.Not.Contain("   at "));
    }

    public void Dispose() => _study.Dispose();

    private void Script(string text) => File.WriteAllText(_study.File("score.sh"), text + "\n");

    private SearchProcess Search(params string[] arguments) => SearchProcess.Run([.. arguments, "--out", _study.Results]);

    private string Query(string run, string sql) => Search("query", run, sql, "--format", "csv").Output;

    private int[] Pids() => File.Exists(_study.File("pids")) ? [.. File.ReadAllLines(_study.File("pids")).Where(line => line.Length > 0).Select(line => int.Parse(line, CultureInfo.InvariantCulture))] : [];

    private static bool IsAlive(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
