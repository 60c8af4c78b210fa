using Search.Strategies.Sampling;

namespace Search.Tests.Strategies.Sampling;

public sealed class SobolSequenceTests
{
    // scipy.stats.qmc.Sobol(337, scramble=False, bits=32), times 2³²; scipy walks the same points in Gray-code order.
    [TestCase(5, new uint[] { 3758096384, 3758096384, 536870912, 2684354560, 2684354560, 1610612736, 1610612736, 3758096384 })]
    [TestCase(77, new uint[] { 3590324224, 3590324224, 33554432, 2181038080, 637534208, 3724541952, 1040187392, 3724541952 })]
    [TestCase(1000, new uint[] { 943718400, 415236096, 2227175424, 3896508416, 2243952640, 801112064, 3619684352, 3519021056 })]
    public void Point_Unscrambled_EqualsScipy(int position, uint[] expected)
    {
        int[] dimensions = [0, 1, 2, 5, 20, 99, 199, 336];
        double[] point = new double[SobolSequence.MaximalDimension];
        SobolSequence.Unscrambled(SobolSequence.MaximalDimension).Point(position ^ (position >> 1), point);
        Assert.That(dimensions.Select(d => point[d] * (1L << 32)), Is.EqualTo(expected.Select(value => (double)value)));
    }

    [Test]
    public void Point_Scrambled_EveryAlignedBlockIsStratifiedInEveryDimension()
    {
        const int block = 256;
        var sequence = new SobolSequence(SobolSequence.MaximalDimension, 7);
        double[][] points = Points(sequence, block, 3 * block);
        for (int d = 0; d < sequence.Dimension; d++)
        {
            Assert.That(points.Select(point => (int)(point[d] * block)).Order(), Is.EqualTo(Enumerable.Range(0, block)), $"dimension {d}");
        }
    }

    [Test]
    public void Point_Scrambled_FirstTwoDimensionsAreANetInEveryElementaryInterval()
    {
        double[][] points = Points(new SobolSequence(2, 3), 64, 0);
        for (int m = 0; m <= 6; m++)
        {
            int columns = 1 << m;
            int rows = 64 >> m;
            int boxes = points.Select(point => ((int)(point[0] * columns), (int)(point[1] * rows))).Distinct().Count();
            Assert.That(boxes, Is.EqualTo(64), $"{columns} × {rows} boxes");
        }
    }

    [Test]
    public void Point_SameSeed_IsTheSameWhateverTheOrderAndOtherSeedsDiffer()
    {
        var sequence = new SobolSequence(20, 11);
        double[][] forward = Points(sequence, 33, 0);
        double[] last = new double[20];
        new SobolSequence(20, 11).Point(32, last);
        double[] other = new double[20];
        new SobolSequence(20, 12).Point(32, other);
        Assert.Multiple(() =>
        {
            Assert.That(last, Is.EqualTo(forward[32]));
            Assert.That(other.Zip(last).Count(pair => pair.First == pair.Second), Is.Zero);
        });
    }

    // The mean of Π (1 + (x_i − ½)/(i+1)²) over the cube is 1; scrambled Sobol errs far less than the n^-½ of random points.
    [Test]
    public void Point_Scrambled_IntegratesASmoothProductBetterThanRandomPoints()
    {
        double error = 0;
        for (int seed = 0; seed < 10; seed++)
        {
            double mean = Points(new SobolSequence(10, seed), 1024, 0)
                .Average(point => point.Select((x, i) => 1 + ((x - 0.5) / ((i + 1) * (i + 1)))).Aggregate(1.0, (product, factor) => product * factor));
            error = Math.Max(error, Math.Abs(mean - 1));
        }

        Assert.That(error, Is.LessThan(5e-4)); // random points: a standard error of .3 / √1024 = 9e-3
    }

    [TestCase(0)]
    [TestCase(SobolSequence.MaximalDimension + 1)]
    public void Constructor_NoDirectionNumbers_Throws(int dimension) =>
        Assert.That(() => new SobolSequence(dimension, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static double[][] Points(SobolSequence sequence, int count, long first)
    {
        double[][] points = new double[count][];
        for (int i = 0; i < count; i++)
        {
            points[i] = new double[sequence.Dimension];
            sequence.Point(first + i, points[i]);
        }

        return points;
    }
}
