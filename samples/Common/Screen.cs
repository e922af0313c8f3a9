using System.Globalization;
using Spectre.Console;

namespace Samples;

/// <summary>A table that is shown again and again: in place on a terminal, one text after the other elsewhere.</summary>
/// <param name="Columns">The columns' titles; one that begins with &gt; is aligned to the right.</param>
/// <param name="Rows">The rows.</param>
/// <param name="Caption">What is written below.</param>
internal sealed record ScreenTable(string[] Columns, List<string[]> Rows, string Caption);

/// <summary>Shows tables.</summary>
internal static class Screen
{
    private const int Rows = 25;

    /// <summary>Shows a table every second until <paramref name="stop"/> is cancelled, and once more then.</summary>
    public static async Task ShowAsync(Func<ScreenTable> take, CancellationToken stop)
    {
        if (Console.IsOutputRedirected)
        {
            await EverySecond(() => WriteText(take()), stop);
            return;
        }

        await AnsiConsole.Live(new Text("…")).AutoClear(false).StartAsync(live => EverySecond(() =>
        {
            live.UpdateTarget(Table(take()));
            live.Refresh();
        }, stop));
    }

    /// <summary>Shows a table once.</summary>
    public static void Write(ScreenTable table)
    {
        if (Console.IsOutputRedirected) WriteText(table);
        else AnsiConsole.Write(Table(table));
    }

    /// <summary>A number as people read it.</summary>
    public static string Number(double value) => value.ToString(Console.IsOutputRedirected ? "F0" : "N0", CultureInfo.InvariantCulture);

    private static async Task EverySecond(Action show, CancellationToken stop)
    {
        // A text at once, so that whoever reads it knows that the programs are attached.
        show();
        bool running = true;
        while (running)
        {
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(1), stop);
            }
            catch (OperationCanceledException)
            {
                // What was counted until now is shown too.
                running = false;
            }

            show();
        }
    }

    private static Table Table(ScreenTable source)
    {
        Table table = new Table().RoundedBorder();
        foreach (string column in source.Columns)
            table.AddColumn(column.StartsWith('>') ? new TableColumn(Markup.Escape(column[1..])).RightAligned() : new TableColumn(Markup.Escape(column)));
        foreach (string[] row in source.Rows.Take(Rows)) table.AddRow([.. row.Select(cell => Markup.Escape(cell))]);
        return table.Caption(Markup.Escape(source.Caption));
    }

    private static void WriteText(ScreenTable table)
    {
        int[] widths = [.. table.Columns.Select((column, i) => table.Rows.Select(row => row[i].Length).Append(column.TrimStart('>').Length).Max())];
        Console.WriteLine(Line([.. table.Columns.Select(column => column.TrimStart('>').ToUpperInvariant())]));
        foreach (string[] row in table.Rows) Console.WriteLine(Line(row));
        Console.WriteLine(table.Caption);
        Console.WriteLine();

        string Line(string[] cells) =>
            string.Join("  ", cells.Select((cell, i) => table.Columns[i].StartsWith('>') ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd();
    }
}
