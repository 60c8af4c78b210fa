namespace Search.Strategies.Spsa;

/// <summary>How simultaneous perturbation turns an estimated derivative into a step.</summary>
public enum SpsaGains
{
    /// <summary>Adam (Kingma and Ba 2015, arXiv:1412.6980): every coordinate's step is scaled by its own derivatives.</summary>
    Adam,

    /// <summary>Spall's: one scale for all, from the first generation's derivatives.</summary>
    Spall,
}
