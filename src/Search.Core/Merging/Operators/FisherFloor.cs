namespace Search.Merging.Operators;

/// <summary>Whose Fisher information is kept from vanishing.</summary>
public enum FisherFloor
{
    /// <summary>The first expert's, so that it decides where no expert is certain: the authors' code.</summary>
    First,

    /// <summary>Every expert's, so that those are averaged: the authors' code without its <c>favor_target_model</c>.</summary>
    All,

    /// <summary>Every expert's, by adding the floor, as in MergeLM and FusionBench.</summary>
    Added,
}
