using Search.Merging.Kernels;

namespace Search.Merging.Sparsifiers;

/// <summary>Makes the filter of one vector's part in one tensor.</summary>
/// <param name="vector">The vector's index.</param>
/// <param name="tensor">The tensor's index in the layout.</param>
/// <param name="settings">The numbers of <see cref="Sparsifier.Searchable"/>, in its order.</param>
internal delegate VectorFilter FilterTable(int vector, int tensor, ReadOnlySpan<double> settings);
