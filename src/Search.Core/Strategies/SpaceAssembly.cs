namespace Search.Strategies;

/// <summary>Makes the parts of a space out of its coefficients and constraints, and refuses what leaves nothing to search.</summary>
internal sealed class SpaceAssembly
{
    private readonly IReadOnlyList<Coefficient> _coefficients;
    private readonly Dictionary<string, int> _indices;
    private readonly double?[] _fixed;
    private readonly SpaceVariable?[] _variables; // by coefficient; null where fixed

    private SpaceAssembly(IReadOnlyList<Coefficient> coefficients, IReadOnlyList<SpaceConstraint> constraints)
    {
        _coefficients = coefficients;
        _indices = coefficients.Index().ToDictionary(one => one.Item.Name, one => one.Index, StringComparer.Ordinal);
        _fixed = new double?[coefficients.Count];
        foreach (FixedCoefficient constraint in constraints.OfType<FixedCoefficient>())
        {
            Fix(constraint);
        }

        _variables = [.. coefficients.Select((coefficient, i) => _fixed[i] is null ? new SpaceVariable(coefficient, [i]) : null)];
        foreach (TiedCoefficients constraint in constraints.OfType<TiedCoefficients>())
        {
            Tie(constraint.Names);
        }
    }

    /// <summary>The parts that have axes, in the order of their first coefficients, and the values of all coefficients without.</summary>
    public static (IReadOnlyList<SpacePart> Parts, double[] Constants) Assemble(IReadOnlyList<Coefficient> coefficients, IReadOnlyList<SpaceConstraint> constraints)
    {
        var assembly = new SpaceAssembly(coefficients, constraints);
        var sums = new Dictionary<SpaceVariable, SpacePart>();
        foreach (SumConstraint constraint in constraints.OfType<SumConstraint>())
        {
            assembly.Sum(constraint, sums);
        }

        SpacePart[] parts = [.. assembly._variables.OfType<SpaceVariable>().Select(variable => sums.GetValueOrDefault(variable, variable)).Distinct()];
        return parts.Length > 0
            ? (parts, [.. assembly._fixed.Select(value => value ?? 0)])
            : throw new ArgumentException("The constraints fix every coefficient, so there is nothing to search.");
    }

    private static ArgumentException Refuse(string rule) => new(rule);

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Take(4)) + (names.Count() > 4 ? $" and {names.Count() - 4} more" : "");

    private int Find(string name) => _indices.TryGetValue(name, out int index)
        ? index
        : throw Refuse($"A constraint names '{name}', which is no coefficient of the space{NearestName.Hint(name, _indices.Keys)}.");

    private int[] FindAll(IReadOnlyList<string> names)
    {
        int[] indices = [.. names.Select(Find)];
        return indices.Length >= 2 && indices.Distinct().Count() == indices.Length
            ? indices
            : throw Refuse($"A constraint needs at least two coefficients, each once, got [{List(names)}].");
    }

    private void Fix(FixedCoefficient constraint)
    {
        int index = Find(constraint.Name);
        Coefficient coefficient = _coefficients[index];
        if (!(constraint.Value >= coefficient.Lower && constraint.Value <= coefficient.Upper) || (coefficient.Kind != CoefficientKind.Float && !double.IsInteger(constraint.Value)))
        {
            throw Refuse($"Coefficient '{coefficient.Name}' is fixed at {constraint.Value}, which is not one of its values within [{coefficient.Lower}, {coefficient.Upper}].");
        }

        if (_fixed[index] is { } other && other != constraint.Value)
        {
            throw Refuse($"Coefficient '{coefficient.Name}' is fixed at {other} and at {constraint.Value}.");
        }

        _fixed[index] = constraint.Value;
    }

    // Groups that share a coefficient become one; a fixed coefficient fixes its whole group.
    private void Tie(IReadOnlyList<string> names)
    {
        int[] indices = [.. FindAll(names).SelectMany(index => _variables[index]?.Indices ?? [index]).Distinct().Order()];
        Coefficient first = _coefficients[indices[0]];
        if (indices.Select(index => _coefficients[index]).FirstOrDefault(one => one.Scale != first.Scale || one.Kind != first.Kind) is { } odd)
        {
            throw Refuse($"'{first.Name}' and '{odd.Name}' are tied but differ in scale or kind.");
        }

        if (indices.FirstOrDefault(index => _fixed[index] is not null, -1) is >= 0 and int anchor)
        {
            foreach (int index in indices)
            {
                Fix(new FixedCoefficient(_coefficients[index].Name, _fixed[anchor]!.Value));
                _variables[index] = null;
            }

            return;
        }

        double lower = indices.Max(index => _coefficients[index].Lower);
        double upper = indices.Min(index => _coefficients[index].Upper);
        var variable = new SpaceVariable(lower < upper ? first with { Lower = lower, Upper = upper } : throw Refuse($"No range is common to the tied coefficients [{List(names)}]: [{lower}, {upper}]."), indices);
        foreach (int index in indices)
        {
            _variables[index] = variable;
        }
    }

    private void Sum(SumConstraint constraint, Dictionary<SpaceVariable, SpacePart> sums)
    {
        int[] indices = FindAll(constraint.Names);
        string place = $"{(constraint is SimplexConstraint ? "simplex" : "affine")} [{List(constraint.Names)}]";
        double floor = constraint is SimplexConstraint ? 0 : double.NegativeInfinity;
        if (indices.FirstOrDefault(index => _coefficients[index] is not { Kind: CoefficientKind.Float, Scale: CoefficientScale.Linear }, -1) is >= 0 and int odd)
        {
            throw Refuse($"{place}: '{_coefficients[odd].Name}' must be a float on a linear scale.");
        }

        double sum = 1 - indices.Sum(index => _fixed[index] ?? 0);
        if (indices.Any(index => _fixed[index] < floor))
        {
            throw Refuse($"{place}: a coefficient is fixed below 0.");
        }

        SpaceVariable[] variables = [.. indices.Select(index => _variables[index]).OfType<SpaceVariable>().Distinct()];
        if (variables.FirstOrDefault(variable => sums.ContainsKey(variable) || !variable.Indices.All(indices.Contains)) is { } shared)
        {
            throw Refuse($"{place}: '{shared.Shape.Name}' is part of another sum or tied to a coefficient outside.");
        }

        double[] lower = [.. variables.Select(variable => variable.Indices.Count * Math.Max(variable.Shape.Lower, floor))];
        double[] upper = [.. variables.Select(variable => variable.Indices.Count * variable.Shape.Upper)];
        if (lower.Sum() >= sum || upper.Sum() <= sum || lower.Zip(upper).Any(bounds => bounds.First >= bounds.Second) || variables.Length < 2)
        {
            throw Refuse($"{place}: the bounds [{string.Join(", ", lower)}] to [{string.Join(", ", upper)}] of what is not fixed must leave more than one way to the sum {sum}.");
        }

        var part = new SumPart(variables, lower, upper, sum);
        foreach (SpaceVariable variable in variables)
        {
            sums[variable] = part;
        }
    }
}
