#:project ../../src/Search.Core/Search.Core.csproj
#:property PublishAot=false
#:property JsonSerializerIsReflectionEnabledByDefault=true

// Does prior `distances` help where how far a coefficient moves the model tells how much it matters, and what does it cost where it does not?
//   dotnet run -c Release experiments/pareto/prior.cs [SEEDS]
// Two objectives fₘ = 1 − exp(−qₘ), qₘ a quadratic form in uᵢ = aᵢ (λᵢ − cₘᵢ) with three directions of interaction, scaled so that half a unit
// in every coefficient costs 1.2. The distances dᵢ and the sensitivities aᵢ are log-normal with deviation 1.2 and a given correlation of their logarithms.
using System.Globalization;
using Search;
using Search.Results.Fronts;
using Search.Strategies;
using Search.Strategies.Fronts;

const int n = 12;
const double deviation = 1.2;
int seeds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 9;
int[] marks = [18, 36];
(string Name, string Prior, double Power)[] entrants = [("`optuna`", "optuna", 1), ("`distances`, ℓ ∝ d^−½", "distances", 1), ("ℓ ∝ 1/d", "distances", 2)];

Console.WriteLine($"| correlation | prior | {string.Join(" | ", marks)} |");
Console.WriteLine($"|--:|---|{string.Concat(marks.Select(_ => "--:|"))}");
foreach (double correlation in new[] { 1, 0.8, 0.4, 0 })
{
    List<double>[][] volumes = [.. entrants.Select(_ => marks.Select(_ => new List<double>()).ToArray())]; // by entrant and mark, one a seed
    for (int seed = 1; seed <= seeds; seed++)
    {
        for (int entrant = 0; entrant < entrants.Length; entrant++)
        {
            double[] found = Run(entrants[entrant].Prior, entrants[entrant].Power, correlation, seed);
            for (int mark = 0; mark < marks.Length; mark++)
            {
                volumes[entrant][mark].Add(found[mark]);
            }
        }
    }

    for (int entrant = 0; entrant < entrants.Length; entrant++)
    {
        string Cell(int mark) => FormattableString.Invariant(
            $"{volumes[entrant][mark].Average():F3} ({volumes[entrant][mark].Zip(volumes[0][mark]).Count(pair => pair.First > pair.Second)} of {seeds})");
        Console.WriteLine(FormattableString.Invariant($"| {correlation} | {entrants[entrant].Name} | {string.Join(" | ", Enumerable.Range(0, marks.Length).Select(Cell))} |"));
    }
}

double[] Run(string prior, double power, double correlation, int seed)
{
    var rng = new Rng(seed, 0, 0);
    double[] Gaussians() => [.. Enumerable.Range(0, n).Select(_ => rng.NextGaussian())];
    double[] distances = Gaussians();
    double[] sensitivities = [.. distances.Zip(Gaussians(), (d, other) => Math.Exp(deviation * ((correlation * d) + (Math.Sqrt(1 - (correlation * correlation)) * other))))];
    distances = [.. distances.Select(d => Math.Exp(deviation * d))];
    double[][] centres = [.. Enumerable.Range(0, 2).Select(_ => Enumerable.Range(0, n).Select(_ => rng.NextUniform()).ToArray())];
    double[][][] directions = [.. Enumerable.Range(0, 2).Select(_ => Enumerable.Range(0, 3).Select(_ => Gaussians()).ToArray())];
    double Form(int objective, IReadOnlyList<double> x)
    {
        double[] u = [.. x.Select((value, i) => sensitivities[i] * (value - centres[objective][i]))];
        return u.Sum(one => one * one) + (3 * directions[objective].Sum(direction => Math.Pow(direction.Zip(u, (a, b) => a * b).Sum(), 2) / n));
    }

    double[] scales = [.. Enumerable.Range(0, 2).Select(m => 1.2 / Enumerable.Range(0, 64).Average(_ => Form(m, [.. centres[m].Select(c => c + (rng.NextUniform() < 0.5 ? -0.5 : 0.5))])))];
    double? Distance(IReadOnlyList<double> a, IReadOnlyList<double> b) => Math.Pow(a.Zip(b).Select((pair, i) => Math.Pow(distances[i] * (pair.First - pair.Second), 2)).Sum(), power / 2);
    var space = new SearchSpace([.. Enumerable.Range(0, n).Select(i => new Coefficient($"c{i}", -0.5, 1.5, 0.3))]);
    var strategy = new NehviStrategy(space, 2, new ProcessFrontOptions { Prior = prior, Distance = Distance, Seed = seed });
    var seen = new List<double[]>();
    var volumes = new List<double>();
    while (seen.Count < marks[^1])
    {
        Verdict[] verdicts = [.. strategy.Ask(1).Select(candidate => new Verdict(candidate, [.. Enumerable.Range(0, 2).Select(m => 1 - Math.Exp(-scales[m] * Form(m, candidate.Coefficients)))]))];
        seen.AddRange(verdicts.Select(verdict => verdict.Objectives!.ToArray()));
        strategy.Tell(verdicts);
        if (marks.Contains(seen.Count))
        {
            volumes.Add(Hypervolume.Of(seen, [1, 1]));
        }
    }

    return [.. volumes];
}
