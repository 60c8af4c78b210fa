using System.Globalization;
using Search.Benchmarks;

namespace Search.Tests.Benchmarks;

public sealed class BbobFunctionTests
{
    // Data/bbob_known_answers.csv: f(x) − f_opt at four points of instances 1–3 in 2, 5 and 20 dimensions, computed with the reference
    // implementation that ships with pycma 4.4.0 and checked against COCO's regression data.
    [Test]
    public void Excess_KnownAnswers_AgreesToNineDigits([Range(1, BbobFunction.Count)] int id)
    {
        Answer[] answers = [.. Answers().Where(answer => answer.Function == id)];
        Assert.That(answers, Has.Length.EqualTo(id == 5 ? 27 : 36));
        foreach (Answer answer in answers)
        {
            var function = new BbobFunction(answer.Function, answer.Instance, answer.Dimension);
            Assert.Multiple(() =>
            {
                Assert.That(function.OptimalValue, Is.EqualTo(answer.OptimalValue), $"{answer}");
                Assert.That(function.Excess(Point(answer, function)), Is.EqualTo(answer.Excess).Within(Math.Max(1e-9 * Math.Abs(answer.Excess), 1e-9)), $"{answer}");
                Assert.That(answer.Optimum.Zip(function.Optimum, (expected, actual) => Math.Abs(expected - actual)), Is.All.LessThan(1e-9), $"{answer}");
            });
        }
    }

    [Test]
    public void KnownAnswers_All_Are855() => Assert.That(Answers().Count(), Is.EqualTo(855));

    [Test]
    public void Constructor_NoSuchFunction_Throws() => Assert.That(() => new BbobFunction(25, 1, 5), Throws.TypeOf<ArgumentOutOfRangeException>());

    private static IReadOnlyList<double> Point(Answer answer, BbobFunction function) => answer.Point switch
    {
        "zero" => new double[answer.Dimension],
        "ones" => [.. Enumerable.Repeat(1.0, answer.Dimension)],
        "ramp" => [.. Enumerable.Range(0, answer.Dimension).Select(i => -4 + (8 * (0.37 * i % 1)))],
        _ => function.Optimum,
    };

    private static IEnumerable<Answer> Answers()
    {
        double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
        foreach (string line in File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "bbob_known_answers.csv")).Skip(1))
        {
            string[] fields = line.Split(',');
            yield return new Answer(
                int.Parse(fields[0], CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture), int.Parse(fields[2], CultureInfo.InvariantCulture),
                fields[3], Number(fields[4]), Number(fields[5]), [.. fields[6].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number)]);
        }
    }

    private sealed record Answer(int Function, int Instance, int Dimension, string Point, double OptimalValue, double Excess, double[] Optimum);
}
