namespace Search.Strategies.AdaMerging;

/// <summary>Follows each task's score over checkpoints and stops the tasks whose patience is at its end, for good.</summary>
internal sealed class TaskPatience(EarlyStop rule)
{
    private readonly Dictionary<string, (double Best, int Waited)> _running = [];
    private readonly List<(string Task, long Step)> _stopped = [];

    /// <summary>The tasks that have stopped and when, in the order of stopping.</summary>
    public IReadOnlyList<(string Task, long Step)> Stopped => _stopped;

    /// <summary>Whether no task is left.</summary>
    public bool IsAtEnd => _running.Count == 0 && _stopped.Count > 0;

    /// <summary>Takes a checkpoint's scores.</summary>
    /// <param name="step">The step it was made at.</param>
    /// <param name="scores">Every task's score, less being better.</param>
    public void Add(long step, IReadOnlyDictionary<string, double> scores)
    {
        foreach ((string task, double score) in scores)
        {
            if (_stopped.Any(stopped => stopped.Task == task))
            {
                continue;
            }

            if (!_running.TryGetValue(task, out (double Best, int Waited) state) || score < state.Best - rule.Margin)
            {
                _running[task] = (score, 0);
            }
            else if (state.Waited + 1 < rule.Patience)
            {
                _running[task] = (state.Best, state.Waited + 1);
            }
            else
            {
                _running.Remove(task);
                _stopped.Add((task, step));
            }
        }
    }
}
