namespace Search.Tests.Strategies.Bayesian;

public sealed class BayesianHedgeContractTests : BayesianContractTests
{
    protected override string Acquisition => "hedge";
}
