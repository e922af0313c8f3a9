using Spectre.Console;

namespace Samples;

/// <summary>Shows the busiest processes, every second: a table in place on a terminal, one text after the other elsewhere.</summary>
internal static class Screen
{
    private const int Rows = 20;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>Shows them until <paramref name="stop"/> is cancelled.</summary>
    public static async Task ShowAsync(SyscallCounter counter, CancellationToken stop)
    {
        var sampler = new Sampler(counter);
        if (Console.IsOutputRedirected)
        {
            await EverySecond(() => WriteText(sampler.Take(), counter.Globals.Dropped), stop);
            return;
        }

        await AnsiConsole.Live(new Text("counting …")).AutoClear(false).StartAsync(live =>
            EverySecond(() => live.UpdateTarget(Table(sampler.Take(), counter.Globals.Dropped)), stop));
    }

    private static async Task EverySecond(Action show, CancellationToken stop)
    {
        bool running = true;
        while (running)
        {
            try
            {
                await Task.Delay(s_interval, stop);
            }
            catch (OperationCanceledException)
            {
                // What was counted until now is shown too.
                running = false;
            }

            show();
        }
    }

    private static Table Table(List<ProcessRate> rates, ulong dropped)
    {
        Table table = new Table().RoundedBorder()
            .AddColumn(new TableColumn("pid").RightAligned()).AddColumn("name")
            .AddColumn(new TableColumn("calls/s").RightAligned()).AddColumn(new TableColumn("total").RightAligned());
        foreach (ProcessRate rate in rates.Take(Rows))
            table.AddRow($"{rate.Pid}", Markup.Escape(rate.Name), $"{rate.PerSecond:N0}", $"{rate.Total:N0}");
        return table.Caption(Caption(rates, dropped));
    }

    private static void WriteText(List<ProcessRate> rates, ulong dropped)
    {
        Console.WriteLine($"{"PID",8}  {"NAME",-16} {"CALLS/S",12} {"TOTAL",14}");
        foreach (ProcessRate rate in rates.Take(Rows))
            Console.WriteLine($"{rate.Pid,8}  {rate.Name,-16} {rate.PerSecond,12:F0} {rate.Total,14}");
        Console.WriteLine(Caption(rates, dropped));
        Console.WriteLine();
    }

    private static string Caption(List<ProcessRate> rates, ulong dropped) =>
        $"{rates.Sum(rate => rate.PerSecond):F0} calls/s in {rates.Count} processes" + (dropped > 0 ? $", {dropped} calls not counted: the map is full" : "");
}
