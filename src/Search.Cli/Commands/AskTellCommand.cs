using System.CommandLine;
using Search.Controller;
using Search.Strategies;

namespace Search.Cli.Commands;

internal static class AskTellCommand
{
    public static Command Create()
    {
        var space = new Option<string>("--space") { Description = "What to search: a YAML file with coefficients: [{ name, lower, upper, initial, scale: linear|log, kind: float|int|categorical, distance }] and, where wanted, fixed, tie, simplex, affine.", Required = true, HelpName = "FILE" };
        var strategy = new Option<string>("--strategy") { Description = $"One of {string.Join(", ", StrategyList.Names)}; those that need derivatives cannot be driven so.", DefaultValueFactory = _ => "cma_es", HelpName = "NAME" };
        var set = new Option<string[]>("--set") { Description = "A setting of the strategy, as in studies; may be given several times.", HelpName = "KEY=VALUE", DefaultValueFactory = _ => [] };
        var objectives = new Option<int?>("--objectives") { Description = $"How many objectives candidates have; with several, {string.Join(", ", StrategyList.FrontNames)} look for the front.  [default: the file's, or 1]", HelpName = "N" };
        var seed = new Option<long>("--seed") { Description = "The seed of everything random.", HelpName = "N" };
        var command = new Command(
            "ask-tell",
            """
            Let any program search: one JSON object a line on standard input, one a line on standard output, until the input ends.

              {"ask":4}                                                    -> {"candidates":[{"id":0,"x":[0.3,0.1]},...]}
              {"tell":[{"id":0,"objectives":[0.5]},{"id":1,"failed":"why"}]} -> {"ok":true}
              {"recommend":true}                                           -> {"x":[0.31,0.09],"basis":"...","expected":null}

            Objectives are minimised. With several there is no best candidate, and recommend is answered by those told that
            none dominates: {"front":[{"id":0,"x":[0.3,0.1],"objectives":[0.5,0.2]},...]}. "pruned" in place of "failed" says that scoring was stopped because the candidate
            had already lost. An answer to ask has fewer candidates than asked for, or none, when verdicts must come
            first, and "stop" says why when nothing more will come. A line that is wrong is answered by {"error":"..."}
            and changes nothing.

            Example: search ask-tell --space space.yaml --strategy cma_es --set population=12 --seed 1
            """)
        {
            space, strategy, objectives, set, seed,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            async () =>
            {
                AskTellProtocol protocol;
                try
                {
                    protocol = new AskTellProtocol(SpaceFile.CreateStrategy(
                        parsed.GetRequiredValue(space), parsed.GetRequiredValue(strategy), parsed.GetRequiredValue(set), parsed.GetValue(seed), parsed.GetValue(objectives)));
                }
                catch (StudyException exception)
                {
                    Console.Out.WriteLine(AskTellProtocol.Error(exception.Message)); // the other program waits for a line
                    throw;
                }

                while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
                {
                    if (line.Trim().Length > 0)
                    {
                        Console.Out.WriteLine(protocol.Answer(line));
                        Console.Out.Flush();
                    }
                }

                return ExitCodes.Ok;
            },
            cancellationToken));
        return command;
    }
}
