using System.Globalization;
using System.Net;
using System.Text;

namespace Samples;

/// <summary>
/// Draws stacks as a flame graph: a box for each function, as wide as it was found often, below the one that called it. The outermost is on top,
/// because a window shows the top first and stacks are often deeper than it is high.
/// </summary>
internal static class FlameGraph
{
    private const double Width = 1200, Height = 17, Margin = 10, Title = 30, SmallestBox = 0.2, CharacterWidth = 6.6;

    private sealed class Node(string name)
    {
        public string Name { get; } = name;
        public ulong Count { get; set; }
        public SortedDictionary<string, Node> Callees { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>The graph as SVG with a script: a click makes a box as wide as the graph, one on the highest brings all back.</summary>
    public static string Draw(IReadOnlyList<FoldedStack> stacks)
    {
        var root = new Node("all");
        foreach (FoldedStack stack in stacks)
        {
            root.Count += stack.Count;
            Node node = root;
            foreach (string frame in stack.Frames)
            {
                if (!node.Callees.TryGetValue(frame, out Node? callee)) node.Callees.Add(frame, callee = new Node(frame));
                callee.Count += stack.Count;
                node = callee;
            }
        }

        double bottom = Title + ((root.Count == 0 ? 0 : Depth(root, root.Count)) * Height);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $$"""
            <?xml version="1.0" encoding="utf-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" width="{{Width + (2 * Margin)}}" height="{{bottom + Margin}}" font-family="monospace" font-size="11">
            <style>rect { stroke: white; stroke-width: 0.5 } g { cursor: pointer } g:hover rect { stroke: black }</style>
            <text x="{{Margin}}" y="20" font-size="14">{{root.Count}} samples</text>

            """);
        if (root.Count > 0) Draw(svg, root, root.Count, Margin, Title);
        svg.Append(Script).Append("</svg>\n");
        return svg.ToString();
    }

    /// <summary>How many boxes lie below each other, those that are too small to draw left out.</summary>
    private static int Depth(Node node, ulong all) => Width * node.Count / all < SmallestBox ? 0 : 1 + node.Callees.Values.Select(callee => Depth(callee, all)).DefaultIfEmpty().Max();

    private static void Draw(StringBuilder svg, Node node, ulong all, double x, double y)
    {
        double width = Width * node.Count / all;
        if (width < SmallestBox) return;
        string name = WebUtility.HtmlEncode(node.Name);
        svg.Append(CultureInfo.InvariantCulture, $"""
            <g data-x="{x - Margin:F2}" data-w="{width:F2}"><title>{name}: {node.Count} samples, {100.0 * node.Count / all:F1} %</title><rect x="{x:F2}" y="{y:F0}" width="{width:F2}" height="{Height - 1:F0}" fill="{Colour(node.Name)}"/><text x="{x + 2:F2}" y="{y + 12:F0}" data-n="{name}">{WebUtility.HtmlEncode(Shortened(node.Name, width))}</text></g>

            """);
        foreach (Node callee in node.Callees.Values)
        {
            Draw(svg, callee, all, x, y + Height);
            x += Width * callee.Count / all;
        }
    }

    private static string Shortened(string name, double width)
    {
        int room = (int)((width - 4) / CharacterWidth);
        return room >= name.Length ? name : room >= 3 ? name[..(room - 1)] + "…" : "";
    }

    /// <summary>Warm colours, the same for the same name; the kernel's are cooler.</summary>
    private static string Colour(string name)
    {
        uint hash = 2166136261;
        foreach (char c in name) hash = (hash ^ c) * 16777619;
        return name.EndsWith("_[k]", StringComparison.Ordinal)
            ? $"rgb({200 + (hash % 40)},{120 + (hash / 64 % 60)},{60 + (hash / 4096 % 40)})"
            : $"rgb({220 + (hash % 35)},{160 + (hash / 64 % 80)},{70 + (hash / 4096 % 50)})";
    }

    private const string Script = """
        <script><![CDATA[
        const boxes = [...document.querySelectorAll('g')], width = 1200, margin = 10;
        function zoom(left, wide) {
          const scale = width / wide;
          for (const box of boxes) {
            const x = (box.dataset.x - left) * scale, w = box.dataset.w * scale, shown = x + w > 0.01 && x < width - 0.01;
            box.style.display = shown ? '' : 'none';
            if (!shown) continue;
            const from = Math.max(x, 0), room = Math.min(x + w, width) - from, text = box.querySelector('text'), name = text.dataset.n, fit = Math.floor((room - 4) / 6.6);
            const rect = box.querySelector('rect');
            rect.setAttribute('x', margin + from);
            rect.setAttribute('width', room);
            text.setAttribute('x', margin + from + 2);
            text.textContent = fit >= name.length ? name : fit >= 3 ? name.slice(0, fit - 1) + '…' : '';
          }
        }
        for (const box of boxes) box.addEventListener('click', () => zoom(+box.dataset.x, +box.dataset.w));
        ]]></script>

        """;
}
