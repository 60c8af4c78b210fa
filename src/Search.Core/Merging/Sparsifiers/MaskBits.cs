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

    // Wellons 2018, "Prospecting for hash functions": the constants of the 32-bit function of least bias that the search found.
    private static uint Mix(uint x)
    {
        x = (x ^ (x >> 16)) * 0x21F0AAAD;
        x = (x ^ (x >> 15)) * 0x735A2D97;
        return x ^ (x >> 15);
    }
}
