using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Search.Merging.Sparsifiers;

/// <summary>
/// Random bits for every element of a tensor that depend on the seed, the expert's name, the tensor's name and the element's index alone,
/// never on what was drawn before (counter-based: Salmon et al. 2011, doi:10.1145/2063384.2063405). Two rounds of an integer hash of good
/// avalanche over the index, keyed by a hash of the rest.
/// </summary>
public readonly struct MaskBits
{
    private readonly uint _first;
    private readonly uint _second;

    /// <summary>Opens a stream.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="expert">The expert's name.</param>
    /// <param name="tensor">The tensor's name.</param>
    public MaskBits(long seed, string expert, string tensor)
    {
        // FNV-1a over the names, told apart by a byte that no name holds; the generator's seeding mixes it.
        ulong hash = 14695981039346656037;
        foreach (byte each in (byte[])[.. Encoding.UTF8.GetBytes(expert), 0, .. Encoding.UTF8.GetBytes(tensor)])
        {
            hash = (hash ^ each) * 1099511628211;
        }

        ulong bits = new Rng(seed, unchecked((long)hash), 0).NextBits();
        (_first, _second) = ((uint)bits, (uint)(bits >> 32));
    }

    /// <summary>32 random bits.</summary>
    /// <param name="element">The element's index in the tensor.</param>
    public uint this[int element] => Mix(Mix((uint)element ^ _first) + _second);

    /// <summary>Copies elements, but drops some at random and multiplies the others.</summary>
    /// <param name="values">A run of the tensor's elements.</param>
    /// <param name="first">The index in the tensor of the run's first.</param>
    /// <param name="bound">An element becomes 0 where its bits are below this.</param>
    /// <param name="scale">What the others are multiplied by.</param>
    /// <param name="kept">As long as the run, which may be the same.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Drop(ReadOnlySpan<float> values, int first, uint bound, float scale, Span<float> kept)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(kept.Length, values.Length);
        Vector512<uint> element = Vector512<uint>.Indices + Vector512.Create((uint)first);
        int i = 0;
        for (; i <= values.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            Vector512<uint> bits = Mix(Mix(element ^ Vector512.Create(_first)) + Vector512.Create(_second));
            Vector512<float> isDropped = Vector512.LessThan(bits, Vector512.Create(bound)).AsSingle();
            Vector512<float> scaled = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)i) * Vector512.Create(scale);
            Vector512.AndNot(scaled, isDropped).StoreUnsafe(ref MemoryMarshal.GetReference(kept), (nuint)i);
            element += Vector512.Create((uint)Vector512<float>.Count);
        }

        for (; i < values.Length; i++)
        {
            kept[i] = this[first + i] < bound ? 0 : values[i] * scale;
        }
    }

    // Wellons 2018, "Prospecting for hash functions": the constants of the 32-bit function of least bias that the search found.
    private static uint Mix(uint x)
    {
        x = (x ^ (x >> 16)) * 0x21F0AAAD;
        x = (x ^ (x >> 15)) * 0x735A2D97;
        return x ^ (x >> 15);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Mix(Vector512<uint> x)
    {
        x = (x ^ (x >>> 16)) * Vector512.Create(0x21F0AAADu);
        x = (x ^ (x >>> 15)) * Vector512.Create(0x735A2D97u);
        return x ^ (x >>> 15);
    }
}
