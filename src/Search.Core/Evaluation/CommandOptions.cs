namespace Search.Evaluation;

/// <summary>A program that scores candidates.</summary>
public sealed record CommandOptions
{
    /// <summary>The program and its arguments, in which <c>{model}</c>, <c>{coefficients}</c>, <c>{role}</c> and <c>{trial}</c> are replaced.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The folder that it runs in, absolute.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether a merged model is written for it; otherwise it gets coefficients alone.</summary>
    /// <value>The default is true.</value>
    public bool NeedsModel { get; init; } = true;

    /// <summary>How long it may take; positive.</summary>
    /// <value>The default is ten minutes.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often it is started again when it fails, from 0 to 100.</summary>
    /// <value>The default is 0.</value>
    public int Retries { get; init; }

    /// <summary>How many candidates are scored at once, from 1 to 1,000.</summary>
    /// <value>The default is 1.</value>
    public int Parallel { get; init; } = 1;

    /// <summary>Whether what it said of the same content is kept and not asked again, by other runs of the study too.</summary>
    /// <value>The default is true.</value>
    public bool Cache { get; init; } = true;

    /// <summary>How far the exported model's objective may be from the ledger's, as a fraction of it where it is above 1; at least 0.</summary>
    /// <value>The default is 10⁻⁶.</value>
    public double Tolerance { get; init; } = 1e-6;

    /// <summary>The data that it can score on; always with <see cref="DataRole.Search"/>.</summary>
    /// <value>The default is search data alone.</value>
    public IReadOnlyList<DataRole> Roles { get; init; } = [DataRole.Search];

    /// <summary>The files among its arguments, by full path: another content makes another program.</summary>
    public IReadOnlyList<string> Files => [.. Arguments.Select(argument => Path.GetFullPath(argument, Folder)).Where(File.Exists).Distinct()];
}
