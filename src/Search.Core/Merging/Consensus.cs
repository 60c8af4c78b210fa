using Search.Yaml;

namespace Search.Merging;

/// <summary>Makes one vector of several, element by element: those that agree with the elected sign are reduced to one number.</summary>
/// <param name="Vote">How the sign is elected, or null for no election: all take part.</param>
/// <param name="Tie">The sign where the vote is tied.</param>
/// <param name="Reduction">What becomes of the values that take part.</param>
public sealed record Consensus(SignVote? Vote, TieRule Tie, Reduction Reduction)
{
    /// <summary>The sign that an elected tie has in a whole model: the majority of all elements' elected signs where <see cref="Tie"/> says so.</summary>
    /// <param name="signs">The sum of the elected signs over the model; used with <see cref="TieRule.Majority"/> only.</param>
    public int TieSign(Func<long> signs) => Tie switch
    {
        TieRule.Positive => 1,
        TieRule.Negative => -1,
        _ => signs() > 0 ? 1 : -1, // TIES' published code compares with > 0, so that a tied majority is negative
    };

    /// <summary>The elected sign of one element, 0 where the vote is tied.</summary>
    /// <param name="vectors">The vectors' parts in a tensor.</param>
    /// <param name="element">The element.</param>
    public int Elect(float[][] vectors, int element)
    {
        double sum = 0;
        foreach (float[] vector in vectors)
        {
            sum += Vote == SignVote.Count ? Math.Sign(vector[element]) : vector[element];
        }

        return Math.Sign(sum);
    }

    /// <summary>The settings as a study writes them.</summary>
    public IEnumerable<(string Key, object? Value)> Entries() => [("vote", Vote is { } vote ? YamlText.Word(vote) : null), ("tie", YamlText.Word(Tie)), ("reduce", YamlText.Word(Reduction))];

    /// <summary>Reduces a tensor.</summary>
    /// <param name="vectors">The vectors' parts in it.</param>
    /// <param name="tieSign">The sign of a tied vote.</param>
    public float[] Reduce(float[][] vectors, int tieSign)
    {
        float[] result = new float[vectors[0].Length];
        for (int i = 0; i < result.Length; i++)
        {
            int sign = Vote is null ? 0 : Elect(vectors, i) is not 0 and var elected ? elected : tieSign;
            result[i] = Reduce(vectors, i, sign);
        }

        return result;
    }

    private float Reduce(float[][] vectors, int element, int sign)
    {
        double sum = 0;
        int count = 0;
        float largest = 0;
        foreach (float[] vector in vectors)
        {
            float value = vector[element];
            if (value == 0 || (sign != 0 && Math.Sign(value) != sign))
            {
                continue;
            }

            sum += value;
            count++;
            largest = MathF.Abs(value) >= MathF.Abs(largest) ? value : largest; // of equal ones the later expert's (MagMax's rule)
        }

        return Reduction switch
        {
            Reduction.Sum => (float)sum,
            Reduction.Mean => count == 0 ? 0 : (float)(sum / count),
            _ => largest,
        };
    }
}
