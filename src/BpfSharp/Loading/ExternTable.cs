using System.Collections.Immutable;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Loading;

/// <summary>What an object's externs are, by the sections in which its types list them.</summary>
internal sealed class ExternTable
{
    /// <summary>The section of externs that take the kernel's configuration (<c>__kconfig</c>).</summary>
    public const string ConfigSection = ".kconfig";

    private readonly Dictionary<string, ExternSymbol> _symbols = new(StringComparer.Ordinal);

    private ExternTable(ImmutableArray<ConfigSymbol> config) => Config = config;

    /// <summary>The externs of <see cref="ConfigSection"/>, in the order of their places in it.</summary>
    public ImmutableArray<ConfigSymbol> Config { get; }

    /// <summary>Bytes of <see cref="ConfigSection"/>, 0 if the object has none.</summary>
    public int ConfigSize => Config.IsEmpty ? 0 : Config[^1].Offset + Config[^1].Size;

    /// <summary>What an extern is, null if the object's types do not list it.</summary>
    public ExternSymbol? Find(string name) => _symbols.GetValueOrDefault(name);

    /// <summary>Reads them.</summary>
    /// <exception cref="BpfException">One has a type that no setting of the kernel's configuration has.</exception>
    public static ExternTable Read(ObjectSpec spec)
    {
        if (spec.Btf is not { } types) return new([]);
        List<ConfigSymbol> config = [];
        List<ExternSymbol> symbols = [];
        foreach (BtfDataSection section in types.OfType<BtfDataSection>())
        {
            foreach (BtfSectionVariable variable in section.Variables)
            {
                switch (types[variable.TypeId])
                {
                    case BtfVariable v when section.Name == ConfigSection:
                        config.Add(ConfigSymbol.Of(types, v, spec.WeakExterns.Contains(v.Name)));
                        break;
                    case BtfVariable { Linkage: BtfLinkage.Extern } v:
                        symbols.Add(new(v.Name, false, types.Resolve(v.TypeId), 0));
                        break;
                    case BtfFunction { Linkage: BtfLinkage.Extern } f:
                        symbols.Add(new(f.Name, true, f.PrototypeId, 0));
                        break;
                }
            }
        }

        // As libbpf places them, so that both give the same instructions.
        int offset = 0;
        ImmutableArray<ConfigSymbol>.Builder placed = ImmutableArray.CreateBuilder<ConfigSymbol>(config.Count);
        foreach (ConfigSymbol symbol in config.OrderByDescending(c => c.Alignment).ThenBy(c => c.Size).ThenBy(c => c.Name, StringComparer.Ordinal))
        {
            offset = (offset + symbol.Alignment - 1) / symbol.Alignment * symbol.Alignment;
            placed.Add(symbol with { Offset = offset });
            symbols.Add(new(symbol.Name, false, 0, offset, IsConfig: true));
            offset += symbol.Size;
        }

        ExternTable table = new(placed.ToImmutable());
        foreach (ExternSymbol symbol in symbols) table._symbols[symbol.Name] = symbol;
        return table;
    }
}

/// <summary>An extern.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsFunction">Whether it is a kernel function, else a variable.</param>
/// <param name="TypeId">The object's BTF id of its type, behind typedefs and qualifiers; 0 for <c>void</c>, an address without a type.</param>
/// <param name="Offset">Where it stands in the configuration's section.</param>
/// <param name="IsConfig">Whether it takes the kernel's configuration.</param>
internal sealed record ExternSymbol(string Name, bool IsFunction, int TypeId, int Offset, bool IsConfig = false);
