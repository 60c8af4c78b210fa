using Search.Merging;
using Search.Strategies;

namespace Search.Controller;

/// <summary>What the coefficients of a study's merge must satisfy beyond their bounds.</summary>
/// <param name="Sum">What the coefficients of the experts in one group of tensors are together.</param>
/// <param name="Fixed">Coefficients that are not searched; the name of a coefficient, or of an expert for all of its coefficients, to the value.</param>
/// <param name="Tied">Groups of coefficients that share one value, named likewise.</param>
public sealed record MergeConstraints(GroupSum Sum, IReadOnlyList<KeyValuePair<string, double>> Fixed, IReadOnlyList<IReadOnlyList<string>> Tied)
{
    /// <summary>No constraints.</summary>
    public static MergeConstraints None { get; } = new(GroupSum.None, [], []);

    /// <summary>The constraints on the coefficients of a merge.</summary>
    /// <param name="space">What the coefficients are.</param>
    public IReadOnlyList<SpaceConstraint> For(MergeSpace space)
    {
        int[] all = [.. Enumerable.Range(0, space.Dimension)];
        ILookup<string, string> byExpert = all.ToLookup(space.Expert, space.Name);
        IEnumerable<string> Names(string name) => byExpert.Contains(name) ? byExpert[name] : [name];
        IEnumerable<string[]> groups = all[..space.WeightCount].GroupBy(space.Group, space.Name).Select(group => group.ToArray());
        return
        [
            .. Fixed.SelectMany(one => Names(one.Key).Select(name => new FixedCoefficient(name, one.Value))),
            .. Tied.Select(group => new TiedCoefficients([.. group.SelectMany(Names)])),
            .. Sum switch
            {
                GroupSum.Simplex => groups.Select(group => (SpaceConstraint)new SimplexConstraint(group)),
                GroupSum.Affine => groups.Select(group => new AffineConstraint(group)),
                _ => [],
            },
        ];
    }
}
