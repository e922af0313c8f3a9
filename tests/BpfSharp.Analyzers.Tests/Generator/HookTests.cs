using BpfSharp.Analyzers.Generator;
using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Analyzers.Tests.Generator;

/// <summary>A hook that can be named in an attribute is known everywhere: to the generator, the front end and as a context.</summary>
public sealed class HookTests
{
    public static TheoryData<BpfHook> All => [.. Enum.GetValues<BpfHook>()];

    [Theory]
    [MemberData(nameof(All))]
    public void IsKnownEverywhere(BpfHook hook)
    {
        HookRules? rules = HookRules.Find(hook.ToString());
        Hook? kernel = BpfSharp.Analyzers.Frontend.HookTable.Find(hook.ToString());
        Assert.NotNull(rules);
        Assert.NotNull(kernel);
        Assert.Equal(kernel.Target == HookTarget.Optional, rules.Target.Length > 0);
        Type context = Assert.Single(typeof(BpfObjectAttribute).Assembly.GetTypes(), type => HooksOf(type).Contains(hook));
        Assert.Equal(rules.Context.Split('<')[0], context.Name.Split('`')[0]);
    }

    private static BpfHook[] HooksOf(Type type) =>
        type.GetCustomAttributes(typeof(KernelContextAttribute), false).Cast<KernelContextAttribute>().SelectMany(attribute => attribute.Hooks).ToArray();
}
