using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Search.Results.Fronts;

namespace Search.Cli.Tests;

public sealed class AskTellTests : IDisposable
{
    private readonly string _space = Path.Combine(Directory.CreateTempSubdirectory("search-ask-").FullName, "space.yaml");

    [Test]
    public void Lines_AskTellRecommend_SearchAndTheSameSeedRepeats()
    {
        Write("coefficients: [{ name: a, lower: -1, upper: 2 }, { name: b, lower: 0.001, upper: 10, scale: log }, { name: c, lower: 0, upper: 5, kind: int, initial: 4 }]");
        (string first, double best) = Minimise("--seed", "3", "--set", "population=8");
        (string second, _) = Minimise("--seed", "3", "--set", "population=8");
        Assert.That(second, Is.EqualTo(first));
        Assert.That(Minimise("--seed", "4", "--set", "population=8").Transcript, Is.Not.EqualTo(first));
        Assert.That(best, Is.LessThan(0.05));
    }

    [Test]
    public void Lines_Wrong_AreAnsweredByAnErrorAndChangeNothing()
    {
        Write("coefficients: [{ name: a, lower: 0, upper: 1 }, { name: b, lower: 0, upper: 1 }]\nsimplex: [[a, b]]\nobjectives: 1");
        using Process process = Start();
        Assert.That(Error(process, """{"recommend":true}"""), Does.Contain("nothing was told yet"));
        double[] x = [.. Answer(process, """{"ask":1}""").GetProperty("candidates")[0].GetProperty("x").EnumerateArray().Select(value => value.GetDouble())];
        Assert.That(x.Sum(), Is.EqualTo(1).Within(1e-12));
        foreach ((string line, string message) in new[]
        {
            ("{", "not JSON"), ("[]", "a line is"), ("7", "a line is"), ("""{"ask":1,"tell":[]}""", "a line is"), ("""{"aks":1}""", "a line is"), ("""{"recommend":1}""", "a line is"),
            ("""{"ask":0}""", "whole number from 1"), ("""{"ask":1.5}""", "whole number from 1"), ("""{"ask":"4"}""", "whole number from 1"), ("""{"tell":{}}""", "takes a list"),
            ("""{"tell":[{"id":1,"objectives":[1]}]}""", "id 1 was not asked for"), ("""{"tell":[{"objectives":[1]}]}""", "whole-number 'id'"),
            ("""{"tell":[{"id":0}]}""", "either 'objectives', 'failed' or 'pruned'"), ("""{"tell":[{"id":0,"objectives":[1],"failed":"x"}]}""", "either 'objectives', 'failed' or 'pruned'"),
            ("""{"tell":[{"id":0,"objectives":[1],"extra":1}]}""", "nothing else"), ("""{"tell":[{"id":0,"objectives":[1],"pruned":"x"}]}""", "nothing else"),
            ("""{"tell":[{"id":0,"objectives":["1"]}]}""", "list of numbers"), ("""{"tell":[{"id":0,"objectives":[]}]}""", "1 finite objective"),
            ("""{"tell":[{"id":0,"objectives":[1,2]}]}""", "1 finite objective"), ("""{"tell":[{"id":0,"objectives":[1e999]}]}""", "1 finite objective"), ("""{"tell":[{"id":0,"objectives":[NaN]}]}""", "not JSON"),
            ("""{"tell":[{"id":0,"objectives":[1]},{"id":0,"objectives":[1]}]}""", "told before"),
        })
        {
            Assert.That(Error(process, line), Does.Contain(message), line);
        }

        Assert.That(Answer(process, """{"tell":[{"id":0,"failed":"out of memory"}]}""").GetProperty("ok").GetBoolean());
        Assert.That(Error(process, """{"tell":[{"id":0,"objectives":[1]}]}"""), Does.Contain("told before"));
        Answer(process, """{"ask":1}""");
        Assert.That(Answer(process, """{"tell":[{"id":1,"pruned":"worse after 8 examples"}]}""").GetProperty("ok").GetBoolean());
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero);
    }

    [Test]
    public void Lines_HugeObjectives_AreSearchedByEveryStrategy([Values("cma_es", "bayesian", "turbo", "portfolio", "genetic", "one_plus_one", "response_surface", "spsa", "random")] string strategy)
    {
        Write("coefficients: [{ name: a, lower: 0, upper: 1 }, { name: b, lower: 0, upper: 1 }]");
        using Process process = Start("--strategy", strategy);
        double[] values = [1e200, -1e200, 1e308, -1e308, 1, 0];
        for (int round = 0, told = 0; round < 6; round++)
        {
            object[] verdicts = [.. Answer(process, """{"ask":8}""").GetProperty("candidates").EnumerateArray().Select(candidate => new
            {
                id = candidate.GetProperty("id").GetInt64(),
                objectives = new[] { values[told++ % values.Length] },
            })];
            Assert.That(Answer(process, JsonSerializer.Serialize(new { tell = verdicts })).GetProperty("ok").GetBoolean());
        }

        Assert.That(Answer(process, """{"recommend":true}""").GetProperty("x").GetArrayLength(), Is.EqualTo(2));
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero);
    }

    [Test]
    public void Lines_SeveralObjectives_AreAnsweredByTheirFront([Values("nsga2", "nsga3", "surface_front", "map")] string strategy)
    {
        Write("coefficients: [{ name: a, lower: 0, upper: 1 }, { name: b, lower: 0, upper: 1 }]");
        using Process process = Start("--strategy", strategy, "--objectives", "2", "--seed", "1");
        Assert.That(Error(process, """{"recommend":true}"""), Does.Contain("nothing was told yet"));
        var told = new Dictionary<long, double[]>();
        for (int round = 0; round < 12; round++)
        {
            object[] verdicts = [.. Answer(process, """{"ask":20}""").GetProperty("candidates").EnumerateArray().Select(candidate =>
            {
                double[] x = [.. candidate.GetProperty("x").EnumerateArray().Select(value => value.GetDouble())];
                long id = candidate.GetProperty("id").GetInt64();
                told[id] = [Math.Pow(x[0] - 0.2, 2) + Math.Pow(x[1] - 0.5, 2), Math.Pow(x[0] - 0.8, 2) + Math.Pow(x[1] - 0.5, 2)];
                return new { id, objectives = told[id] };
            })];
            Assert.That(Answer(process, JsonSerializer.Serialize(new { tell = verdicts })).GetProperty("ok").GetBoolean());
        }

        JsonElement[] front = [.. Answer(process, """{"recommend":true}""").GetProperty("front").EnumerateArray()];
        long[] ids = [.. front.Select(one => one.GetProperty("id").GetInt64())];
        Assert.That(ids, Is.EquivalentTo(told.Where(one => !told.Values.Any(other => Dominance.Dominates(other, one.Value))).Select(one => one.Key)));
        Assert.That(front.Select(one => one.GetProperty("objectives").EnumerateArray().Select(value => value.GetDouble()).ToArray()), Is.EqualTo(ids.Select(id => told[id])));
        Assert.That(front[0].GetProperty("x").GetArrayLength(), Is.EqualTo(2));
        Assert.That(Error(process, """{"tell":[{"id":0,"objectives":[1,2]}]}"""), Does.Contain("told before"));
        process.StandardInput.Close();
        process.WaitForExit();
    }

    [Test]
    public void Objectives_Impossible_AreOneSentence()
    {
        Write("coefficients: [{ name: a, lower: 0, upper: 1 }]");
        foreach ((string count, string strategy, string words) in new[] { ("2", "cma_es", "minimises one objective, not 2"), ("0", "nsga2", "--objectives must be at least 1"), ("1", "nsga3", "looks for the front") })
        {
            SearchProcess process = SearchProcess.Run("ask-tell", "--space", _space, "--strategy", strategy, "--objectives", count);
            Assert.That(process.ExitCode, Is.EqualTo(1));
            Assert.That(JsonDocument.Parse(process.Output).RootElement.GetProperty("error").GetString(), Does.Contain(words));
        }
    }

    [Test]
    public void Prior_OfDistances_IsRefusedBecauseNoModelsAreKnown()
    {
        Write("coefficients: [{ name: a, lower: 0, upper: 1 }]");
        SearchProcess process = SearchProcess.Run("ask-tell", "--space", _space, "--strategy", "nehvi", "--objectives", "2", "--set", "prior=distances");
        Assert.That(process.ExitCode, Is.EqualTo(1));
        Assert.That(JsonDocument.Parse(process.Output).RootElement.GetProperty("error").GetString(), Does.Contain("needs a study, or 'distance' of coefficients in a space file: no models are known here"));
    }

    // Four candidates of the design are told; the fifth is where the processes differ, for which one prior says that b moves the model much further than a.
    [Test]
    public void Prior_OfDistancesOfTheSpaceFile_ChangesWhatTheProcessesBelieve()
    {
        string Fifth(string prior)
        {
            using Process process = Start("--strategy", "nehvi", "--objectives", "2", "--set", $"prior={prior}", "--set", "initial=4");
            for (int i = 0; i < 4; i++)
            {
                double[] x = [.. Answer(process, """{"ask":1}""").GetProperty("candidates")[0].GetProperty("x").EnumerateArray().Select(value => value.GetDouble())];
                Answer(process, string.Create(CultureInfo.InvariantCulture, $$$"""{"tell":[{"id":{{{i}}},"objectives":[{{{(x[0] * x[0]) + x[1]}}},{{{1 - x[1]}}}]}]}"""));
            }

            string first = Answer(process, """{"ask":1}""").GetProperty("candidates")[0].GetProperty("x").ToString();
            Assert.That(Answer(process, """{"ask":1}""").GetProperty("candidates")[0].GetProperty("x").ToString(), Is.Not.EqualTo(first), "what is pending counts");
            return first;
        }

        Write("coefficients: [{ name: a, lower: 0, upper: 1, distance: 0.1 }, { name: b, lower: 0, upper: 1, distance: 5 }]");
        string apart = Fifth("distances");
        Assert.That(apart, Is.Not.EqualTo(Fifth("optuna")));
        Write("coefficients: [{ name: a, lower: 0, upper: 1, distance: 2 }, { name: b, lower: 0, upper: 1, distance: 2 }]");
        Assert.That(Fifth("distances"), Is.EqualTo(Fifth("optuna")), "alike in all directions");
    }

    [TestCase("dirichlet")]
    [TestCase("greedy_soup")]
    public void Strategy_OfGroups_TakesAllCoefficientsAsOne(string strategy)
    {
        Write("coefficients: [{ name: a, lower: 0, upper: 1 }, { name: b, lower: 0, upper: 1 }, { name: c, lower: 0, upper: 1 }]");
        using Process process = Start("--strategy", strategy);
        double[][] asked = [.. Answer(process, """{"ask":3}""").GetProperty("candidates").EnumerateArray()
            .Select(candidate => candidate.GetProperty("x").EnumerateArray().Select(value => value.GetDouble()).ToArray())];
        Assert.That(asked, Has.Length.EqualTo(3));
        Assert.That(asked.Select(x => string.Join(' ', x)), Is.Unique);
        Assert.That(asked.Select(x => x.Sum()), Is.All.EqualTo(1).Within(1e-12));
        process.StandardInput.Close();
        process.WaitForExit();
    }

    [TestCase("coefficients: [{ name: a, lower: 1, upper: 0 }]", "cma_es", "lower < upper")]
    [TestCase("coefficients: [{ name: a, lower: 0, upper: 1, knd: int }]", "cma_es", "(did you mean 'kind'?)")]
    [TestCase("coefficients: [{ name: a, lower: 0 }]", "cma_es", "upper' is missing")]
    [TestCase("coefficients: []", "cma_es", "at least one coefficient")]
    [TestCase("coefficients: [{ name: a, lower: -1, upper: 1, scale: log }]", "cma_es", "log scale")]
    [TestCase("coefficients: [{ name: a, lower: 0, upper: 1 }]\nfixed: { a: 0.5 }", "cma_es", "nothing to search")]
    [TestCase("coefficients: [{ name: a, lower: 0, upper: 1 }]\nobjectives: 2", "cma_es", "minimises one objective, not 2: nsga2, nsga3, surface_front")]
    [TestCase("coefficients: [{ name: a, lower: 0, upper: 1 }]", "nsga2", "looks for the front of several objectives")]
    [TestCase("coefficients: [{ name: a, lower: 0, upper: 1 }]\nobjectives: 0", "nsga2", "objectives")]
    [TestCase("coefficients: [{ name: a, lower: 0, upper: 1 }]", "cma", "'name' must be one of")]
    [TestCase("coefficients: [{ name: a, lower: 0, upper: 1 }]", "adamerging", "needs derivatives")]
    public void Space_Impossible_IsOneSentence(string space, string strategy, string message)
    {
        Write(space);
        SearchProcess process = SearchProcess.Run("ask-tell", "--space", _space, "--strategy", strategy);
        Assert.Multiple(() =>
        {
            Assert.That(process.ExitCode, Is.EqualTo(1));
            Assert.That(process.Error, Does.Contain(message).And.Not.Contain("unexpected"));
            Assert.That(JsonDocument.Parse(process.Output).RootElement.GetProperty("error").GetString(), Does.Contain(message), "who drives it reads lines");
        });
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_space)!, recursive: true);

    private void Write(string text) => File.WriteAllText(_space, text);

    private Process Start(params string[] arguments) => SearchProcess.Start(["ask-tell", "--space", _space, .. arguments]);

    private static JsonElement Answer(Process process, string line)
    {
        process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
        return JsonDocument.Parse(process.StandardOutput.ReadLine()!).RootElement;
    }

    private static string Error(Process process, string line) => Answer(process, line).GetProperty("error").GetString()!;

    // Fifteen batches of eight on a quadratic around (0.5, 0.1, 2).
    private (string Transcript, double Best) Minimise(params string[] arguments)
    {
        using Process process = Start(arguments);
        var transcript = new List<string>();
        double F(double[] x) => Math.Pow(x[0] - 0.5, 2) + Math.Pow(Math.Log10(x[1]) + 1, 2) + Math.Abs(x[2] - 2);
        for (int batch = 0; batch < 15; batch++)
        {
            JsonElement answer = Answer(process, """{"ask":8}""");
            transcript.Add(answer.GetRawText());
            object[] told = [.. answer.GetProperty("candidates").EnumerateArray().Select(candidate => new
            {
                id = candidate.GetProperty("id").GetInt64(),
                objectives = new[] { F([.. candidate.GetProperty("x").EnumerateArray().Select(value => value.GetDouble())]) },
            })];
            Assert.That(Answer(process, JsonSerializer.Serialize(new { tell = told })).GetProperty("ok").GetBoolean());
        }

        JsonElement recommended = Answer(process, """{"recommend":true}""");
        transcript.Add(recommended.GetRawText());
        process.StandardInput.Close();
        process.WaitForExit();
        return (string.Join('\n', transcript), F([.. recommended.GetProperty("x").EnumerateArray().Select(value => value.GetDouble())]));
    }
}
