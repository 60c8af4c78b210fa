namespace Search.Merging.Sparsifiers;

/// <summary>Sparsifies one vector's part in one tensor.</summary>
/// <param name="vector">The vector's index.</param>
/// <param name="tensor">The tensor's index in the layout.</param>
/// <param name="values">The elements, changed in place.</param>
public delegate void Sparsify(int vector, int tensor, Span<float> values);
