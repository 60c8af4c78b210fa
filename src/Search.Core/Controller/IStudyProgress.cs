using Search.Results;

namespace Search.Controller;

/// <summary>Hears what a running study does, to show it.</summary>
public interface IStudyProgress
{
    /// <summary>A stretch of evaluations begins.</summary>
    /// <param name="phase">What it is for, a few words.</param>
    /// <param name="total">How many evaluations it will take, or null when only time limits it.</param>
    void Begin(string phase, long? total);

    /// <summary>An evaluation of the stretch is there: made now, or found in the ledger.</summary>
    /// <param name="trial">The evaluation.</param>
    /// <param name="recorded">Whether it was found in the ledger.</param>
    /// <param name="best">The best objective of the search so far, or null before there is one and where there are several objectives.</param>
    void Advance(Trial trial, bool recorded, double? best);

    /// <summary>A rung of a race begins.</summary>
    /// <param name="rung">Which, from 0.</param>
    /// <param name="rungs">How many rungs the race has.</param>
    /// <param name="candidates">How many candidates are in the race.</param>
    void Rung(int rung, int rungs, int candidates);

    /// <summary>Something a person should know: the search waits for the disk, or goes on again.</summary>
    /// <param name="text">What, in a sentence.</param>
    void Note(string text);
}
