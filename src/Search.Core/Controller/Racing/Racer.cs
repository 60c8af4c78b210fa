using Search.Results;

namespace Search.Controller.Racing;

/// <summary>A candidate in a race.</summary>
/// <param name="request">The candidate.</param>
internal sealed class Racer(ScoreRequest request)
{
    private readonly List<Trial> _rungs = [];
    private readonly List<double> _violations = [];

    /// <summary>The candidate's number.</summary>
    public long Id => Request.Trial.Id;

    /// <summary>The candidate.</summary>
    public ScoreRequest Request { get; } = request;

    /// <summary>Its rungs so far, from the first.</summary>
    public IReadOnlyList<Trial> Rungs => _rungs;

    /// <summary>Its objectives on all examples so far.</summary>
    public IReadOnlyList<double> Objectives => _rungs[^1].Objectives;

    /// <summary>By how much it exceeds the study's constraints on all examples so far; 0 where it keeps them.</summary>
    public double Violation => _violations[^1];

    /// <summary>Whether it was scored on all examples.</summary>
    public bool HasFinished { get; set; }

    /// <summary>Adds its next rung.</summary>
    /// <param name="rung">The rung's row.</param>
    /// <param name="violation">By how much it exceeds the constraints with it.</param>
    public void Add(Trial rung, double violation = 0)
    {
        _rungs.Add(rung);
        _violations.Add(violation);
    }

    /// <summary>How it stood after an earlier rung; whether it is feasible is known better since, where it was scored on all examples.</summary>
    /// <param name="rungs">How many rungs it had then, of those that it has.</param>
    public Racer After(int rungs)
    {
        var then = new Racer(Request) { HasFinished = HasFinished };
        then._rungs.AddRange(_rungs.Take(rungs));
        then._violations.AddRange(HasFinished ? [Violation] : _violations.Take(rungs));
        return then;
    }
}
