namespace Search.Tests.Strategies.Bayesian;

public sealed class BayesianThompsonContractTests : BayesianContractTests
{
    protected override string Acquisition => "thompson";
}
