using System.CommandLine;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Search.Evaluation;
using Search.Native;
using Search.Storage;

namespace Search.Cli.Commands;

internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Say which native libraries were found where, check what they compute, and say how to get what is missing.\n\nExample: search doctor");
        command.SetAction(_ =>
        {
            double memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
            int bits = Vector512.IsHardwareAccelerated ? 512 : Vector<byte>.Count * 8;
            Print("search", $"{StudyRun.ProgramVersion}, {RuntimeInformation.FrameworkDescription}");
            Print("machine", string.Create(CultureInfo.InvariantCulture, $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores, {bits}-bit vectors, {memory:0.0} GB memory"));
            bool well = CheckEngine("onnxruntime", EngineCheck.OnnxRuntime);
            bool torch = CheckEngine("libtorch", EngineCheck.Torch);
            if (!torch)
            {
                Print("", "It is needed by engine: torch and by strategies that ask for derivatives; everything else works without it.");
            }

            well &= Check("duckdb", () =>
            {
                LedgerCheck check = LedgerCheck.DuckDb();
                return (check.Version, check.Path, check.Correct, "sum of 1 … 1000");
            });
            if (well && torch)
            {
                well = PrintCrossCheck();
            }

            return well ? ExitCodes.Ok : ExitCodes.Failed;
        });
        return command;
    }

    private static bool CheckEngine(string library, Func<EngineCheck> look) => Check(library, () =>
    {
        EngineCheck check = look();
        return ($"{check.Version}, {string.Join(", ", check.Devices)}", check.Path, check.Error == 0, $"largest error of a whole-number matrix product: {check.Error}");
    });

    private static bool PrintCrossCheck()
    {
        bool well = true;
        foreach ((int index, CrossCheck check) in CrossCheck.Run().Index())
        {
            bool agrees = check.Difference <= CrossCheck.Tolerance;
            well &= agrees;
            string found = check.Difference is double difference
                ? string.Create(CultureInfo.InvariantCulture, $"{(agrees ? "agrees" : "DIFFERS")}, largest difference of a probability {difference:0.0e+0}")
                : $"FAILED: {check.Reason}";
            Print(index == 0 ? "same network" : "", $"{check.Engine} {check.Device}: {found}");
        }

        return well;
    }

    private static bool Check(string library, Func<(string What, string Path, bool Correct, string Test)> look)
    {
        try
        {
            (string what, string path, bool correct, string test) = look();
            Print(library, what);
            Print("", path);
            Print("", $"self-check {(correct ? "passed" : "FAILED")} ({test})");
            return correct;
        }
        catch (NativeException exception)
        {
            Print(library, $"missing: {exception.Message}");
            return false;
        }
    }

    private static void Print(string what, string found) => Terminal.Out.WriteLine($"{what,-12} {found}");
}
