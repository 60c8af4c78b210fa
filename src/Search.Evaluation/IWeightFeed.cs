namespace Search.Evaluation;

/// <summary>A weight set as an engine takes it: the set's own memory, or copies of it.</summary>
internal interface IWeightFeed : IDisposable
{
    /// <summary>Brings copies up to date with the set's current contents.</summary>
    void Refresh();
}
