using System.Numerics;
using System.Text.RegularExpressions;

namespace Search.Merging;

/// <summary>Names in order, the numbers in them by value: <c>blocks.2</c> before <c>blocks.10</c>.</summary>
internal static partial class NaturalOrder
{
    /// <summary>The order.</summary>
    public static Comparer<string> Comparer { get; } = Comparer<string>.Create(Compare);

    private static int Compare(string a, string b)
    {
        string[] left = Parts().Split(a);
        string[] right = Parts().Split(b);
        for (int i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            // The odd parts are runs of digits.
            int order = i % 2 == 0 ? string.CompareOrdinal(left[i], right[i]) : BigInteger.Parse(left[i], null).CompareTo(BigInteger.Parse(right[i], null));
            if (order != 0)
            {
                return order;
            }
        }

        return left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(a, b);
    }

    [GeneratedRegex("([0-9]+)")]
    private static partial Regex Parts();
}
