using System.Text.RegularExpressions;

namespace Search.Merging;

/// <summary>Selects tensors by their names: those of a kind, where the text is a kind's name, else those that it matches as a regular expression.</summary>
/// <param name="text">The text.</param>
/// <param name="kinds">Names the kinds.</param>
internal sealed class TensorSelector(string text, TensorKinds kinds)
{
    private readonly Regex? _pattern = kinds.Names.Contains(text) ? null : new Regex(text, RegexOptions.CultureInvariant);

    /// <summary>Whether a tensor is selected.</summary>
    /// <param name="tensor">The tensor's name.</param>
    public bool IsMatch(string tensor) => _pattern?.IsMatch(tensor) ?? kinds.Name(tensor) == text;
}
