using Search.Strategies;

namespace Search.Tests.Strategies;

public sealed class SearchSpaceTests
{
    [TestCase(0.0, -2, 0.01, 3, 0)]
    [TestCase(0.5, 0, 1, 5, 2)]
    [TestCase(1.0, 2, 100, 7, 3)]
    public void Decode_OneNumberForAll_GivesEachItsOwnRangeAndScale(double u, double linear, double log, double whole, double category) =>
        Assert.That(Mixed().Decode([u, u, u, u]), Is.EqualTo([linear, log, whole, category]).Within(1e-12));

    [Test]
    public void Encode_Decoded_GivesTheSameCoefficients()
    {
        SearchSpace space = Mixed();
        var rng = new Rng(1, 0, 0);
        for (int round = 0; round < 200; round++)
        {
            double[] coefficients = space.Decode([rng.NextUniform(), rng.NextUniform(), rng.NextUniform(), rng.NextUniform()]);
            Assert.That(space.Decode(space.Encode(coefficients)), Is.EqualTo(coefficients).Within(1e-9));
        }
    }

    [Test]
    public void Axes_MixedKinds_SayWhatAStrategyNeeds() => Assert.That(Mixed().Axes, Is.EqualTo(new SearchAxis[]
    {
        new("a", 0, true, 0.5), new("b", 0, true, 0), new("c", 5, true, 0.1), new("d", 4, false, 0.875),
    }));

    [TestCase(1, 0, 0.5, CoefficientScale.Linear, CoefficientKind.Float, "lower < upper")]
    [TestCase(0, 0, 0, CoefficientScale.Linear, CoefficientKind.Float, "lower < upper")]
    [TestCase(0, double.PositiveInfinity, 0, CoefficientScale.Linear, CoefficientKind.Float, "finite bounds")]
    [TestCase(double.NaN, 1, 0, CoefficientScale.Linear, CoefficientKind.Float, "finite bounds")]
    [TestCase(0, 1, 2, CoefficientScale.Linear, CoefficientKind.Float, "outside")]
    [TestCase(0, 1, double.NaN, CoefficientScale.Linear, CoefficientKind.Float, "outside")]
    [TestCase(0, 1, 0.5, CoefficientScale.Log, CoefficientKind.Float, "log scale")]
    [TestCase(1, 4, 2, CoefficientScale.Log, CoefficientKind.Integer, "log scale")]
    [TestCase(0.5, 4, 2, CoefficientScale.Linear, CoefficientKind.Integer, "whole numbers")]
    [TestCase(0, 4, 1.5, CoefficientScale.Linear, CoefficientKind.Categorical, "whole numbers")]
    [TestCase(0, 1e9, 1, CoefficientScale.Linear, CoefficientKind.Integer, "make it a float")]
    public void Constructor_ImpossibleCoefficient_IsRefusedByName(double lower, double upper, double initial, CoefficientScale scale, CoefficientKind kind, string rule) =>
        Assert.That(
            () => new SearchSpace([new("odd", lower, upper, initial) { Scale = scale, Kind = kind }]),
            Throws.ArgumentException.With.Message.Contains("'odd'").And.Message.Contains(rule));

    [Test]
    public void Constructor_NothingOrTwiceTheSame_IsRefused()
    {
        Assert.That(() => new SearchSpace([]), Throws.ArgumentException.With.Message.Contains("at least one"));
        Assert.That(() => new SearchSpace([new("a", 0, 1, 0), new("a", 0, 1, 0)]), Throws.ArgumentException.With.Message.Contains("'a' is there twice"));
    }

    [Test]
    public void DecodeAndEncode_WrongLengthOrRange_AreRefused()
    {
        SearchSpace space = Mixed();
        Assert.Multiple(() =>
        {
            Assert.That(() => space.Decode([0.5]), Throws.ArgumentException.With.Message.Contains("4 numbers, got 1"));
            Assert.That(() => space.Decode([0.5, 1.5, 0, 0]), Throws.ArgumentException.With.Message.Contains("'b'"));
            Assert.That(() => space.Decode([0.5, 0, 0, double.NaN]), Throws.ArgumentException.With.Message.Contains("'d'"));
            Assert.That(() => space.Encode([1.0, 1]), Throws.ArgumentException.With.Message.Contains("4 coefficients, got 2"));
            Assert.That(() => space.Encode([1.0, double.PositiveInfinity, 3, 0]), Throws.ArgumentException.With.Message.Contains("'b'"));
        });
    }

    [Test]
    public void Encode_OutsideTheBounds_GivesTheNearestPoint() =>
        Assert.That(Mixed().Decode(Mixed().Encode([9, 1e-9, 4.4, 7])), Is.EqualTo([2, 0.01, 4, 3]).Within(1e-12));

    private static SearchSpace Mixed() => new(
    [
        new("a", -2, 2, 0),
        new("b", 0.01, 100, 0.01) { Scale = CoefficientScale.Log },
        new("c", 3, 7, 3) { Kind = CoefficientKind.Integer },
        new("d", 0, 3, 3) { Kind = CoefficientKind.Categorical },
    ]);
}
