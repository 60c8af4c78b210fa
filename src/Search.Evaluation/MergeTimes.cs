namespace Search.Evaluation;

/// <summary>What merging costs, in medians over rounds.</summary>
/// <param name="Parameters">Parameters of the model.</param>
/// <param name="Experts">How many experts.</param>
/// <param name="Storage">What the vectors are stored as.</param>
/// <param name="Threads">How many threads took part.</param>
/// <param name="VectorBits">The width of the processor's registers that were used.</param>
/// <param name="Runtime">What it ran on.</param>
/// <param name="CopyGigabytesPerSecond">The memory roof: bytes read and written by a plain copy of the model in float32, with the same threads.</param>
/// <param name="CandidateBytes">By how much the process grew at most while it made one candidate, the candidate included; null where that cannot be told.</param>
/// <param name="Cases">What was timed.</param>
public sealed record MergeTimes(
    long Parameters,
    int Experts,
    string Storage,
    int Threads,
    int VectorBits,
    string Runtime,
    double CopyGigabytesPerSecond,
    long? CandidateBytes,
    IReadOnlyList<MergeTime> Cases);
