using System.Runtime.CompilerServices;
using Search.Merging;

namespace Search.Evaluation;

/// <summary>The feeds of the weight sets that an evaluator is given: each is made once and forgotten with its set.</summary>
/// <typeparam name="TFeed">The engine's feed.</typeparam>
/// <param name="layout">The layout that sets must have.</param>
/// <param name="create">Makes a set's feed.</param>
internal sealed class FeedTable<TFeed>(WeightLayout layout, Func<WeightSet, TFeed> create) : IDisposable
    where TFeed : class, IWeightFeed
{
    private readonly ConditionalWeakTable<WeightSet, TFeed> _feeds = [];

    /// <summary>A set's feed, up to date.</summary>
    /// <param name="weights">The set.</param>
    /// <exception cref="ArgumentException">It has another layout.</exception>
    public TFeed Of(WeightSet weights)
    {
        if (!_feeds.TryGetValue(weights, out TFeed? feed))
        {
            if (!weights.Layout.IsSameAs(layout))
            {
                throw new ArgumentException("The weights are laid out otherwise than the evaluator was built for.", nameof(weights));
            }

            feed = create(weights);
            _feeds.Add(weights, feed);
        }

        feed.Refresh();
        return feed;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (KeyValuePair<WeightSet, TFeed> feed in _feeds)
        {
            feed.Value.Dispose();
        }

        _feeds.Clear();
    }
}
