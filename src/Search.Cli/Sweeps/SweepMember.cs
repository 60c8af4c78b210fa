using Search.Controller;
using Search.Storage;

namespace Search.Cli.Sweeps;

/// <summary>One study of a sweep.</summary>
/// <param name="Run">Its run, named by the study's hash.</param>
/// <param name="Title">What sets it apart, for people.</param>
/// <param name="Study">The study.</param>
internal sealed record SweepMember(SweepRow Run, string Title, StudyDefinition Study);
