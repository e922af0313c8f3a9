using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler;

/// <summary>
/// The kernel functions (kfuncs) that the compiler calls: since when they are there, and their prototypes, which a loader compares with the kernel's. An
/// object declares those that it calls as externs in the section <c>.ksyms</c> of its BTF.
/// </summary>
public static class KernelFunctions
{
    /// <summary><c>int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end)</c>.</summary>
    public const string NewNumbers = "bpf_iter_num_new";

    /// <summary><c>int *bpf_iter_num_next(struct bpf_iter_num *it)</c>.</summary>
    public const string NextNumber = "bpf_iter_num_next";

    /// <summary><c>void bpf_iter_num_destroy(struct bpf_iter_num *it)</c>.</summary>
    public const string DestroyNumbers = "bpf_iter_num_destroy";

    /// <summary>The name of the constant that a loop's rounds are compared with: the limit depends on what the loop becomes.</summary>
    public const string RoundLimit = "round limit";

    /// <summary><c>struct nf_conn *bpf_xdp_ct_lookup(struct xdp_md *, struct bpf_sock_tuple *, u32, struct bpf_ct_opts *, u32)</c>, of the module nf_conntrack.</summary>
    public const string FindConnectionXdp = "bpf_xdp_ct_lookup";

    /// <summary><c>struct nf_conn *bpf_skb_ct_lookup(struct __sk_buff *, struct bpf_sock_tuple *, u32, struct bpf_ct_opts *, u32)</c>, of the module nf_conntrack.</summary>
    public const string FindConnectionTc = "bpf_skb_ct_lookup";

    /// <summary><c>void bpf_ct_release(struct nf_conn *)</c>, of the module nf_conntrack.</summary>
    public const string ReleaseConnection = "bpf_ct_release";

    private const string Numbers = "bpf_iter_num";

    /// <summary>
    /// Each function: what it returns and takes, as a small language of its own: <c>i</c> int, <c>w</c> unsigned int, <c>I</c> int *, <c>N</c> the iterator *, <c>v</c> void, and the
    /// structs of <see cref="s_structs"/> *.
    /// </summary>
    private static readonly Dictionary<string, (KernelVersion Since, string Prototype)> s_rows = new(StringComparer.Ordinal)
    {
        [NewNumbers] = (new KernelVersion(6, 4), "iNii"),
        [NextNumber] = (new KernelVersion(6, 4), "IN"),
        [DestroyNumbers] = (new KernelVersion(6, 4), "vN"),
        [FindConnectionXdp] = (new KernelVersion(5, 18), "CXTwOw"),
        [FindConnectionTc] = (new KernelVersion(5, 18), "CSTwOw"),
        [ReleaseConnection] = (new KernelVersion(5, 18), "vC"),
    };

    /// <summary>Structs that only pointers refer to: a loader compares no more than that they are structs.</summary>
    private static readonly Dictionary<char, string> s_structs = new()
    {
        ['C'] = "nf_conn",
        ['X'] = "xdp_md",
        ['S'] = "__sk_buff",
        ['T'] = "bpf_sock_tuple",
        ['O'] = "bpf_ct_opts",
    };

    /// <summary>The first kernel that has a function.</summary>
    public static KernelVersion Since(string name) => s_rows[name].Since;

    /// <summary>Adds a diagnostic for each call that some kernel would refuse. Loops, which choose their form by the oldest kernel, make none such.</summary>
    internal static void Check(Module module, CompilerOptions options, ICollection<CompilerDiagnostic> diagnostics)
    {
        KernelVersion minimum = new(options.MinimumKernel.Major, options.MinimumKernel.Minor);
        HashSet<(string Id, int DebugId)> reported = [];
        foreach (Function program in module.Functions)
        {
            if (!program.IsProgram || Hooks.FromSection(program.Section)?.Hook is not { } hook) continue;
            foreach (Value call in Reach.Values(module, program).Where(static v => v is { Op: Op.CallKernel, Symbol: FindConnectionXdp or FindConnectionTc }))
            {
                KernelVersion since = Since(call.Symbol!);
                if (since > minimum && since > hook.Since) Report("BPF0505", call.Symbol!, hook.Prefix, since.ToString(), minimum.ToString());
                if (!HelperRequirements.IsGplCompatible(module.License)) Report("BPF0506", call.Symbol!);

                void Report(string id, params string[] arguments)
                {
                    if (reported.Add((id, call.DebugId))) diagnostics.Add(new CompilerDiagnostic(id, call.DebugId, [.. arguments]));
                }
            }
        }
    }

    /// <summary>Declares the functions that a module calls, in the order of their first call, behind its types.</summary>
    internal static void Declare(Module module, List<BtfType> types)
    {
        string[] called = [.. module.Functions.SelectMany(static f => f.Blocks).SelectMany(static b => b.Values)
            .Where(static v => v.Op == Op.CallKernel).Select(static v => v.Symbol!).Distinct(StringComparer.Ordinal)];
        if (called.Length == 0) return;
        Dictionary<char, int> ids = new() { ['v'] = 0 };
        List<BtfSectionVariable> functions = [];
        foreach (string name in called)
        {
            string prototype = s_rows[name].Prototype;
            int result = Type(prototype[0]);
            BtfParameter[] parameters = [.. prototype.Skip(1).Select((letter, i) => new BtfParameter("p" + i, Type(letter)))];
            types.Add(new BtfPrototype(result, [.. parameters]));
            types.Add(new BtfFunction(name, types.Count, BtfLinkage.Extern));
            functions.Add(new BtfSectionVariable(types.Count, 0, 0));
        }
        types.Add(new BtfDataSection(".ksyms", 0, [.. functions]));

        int Type(char letter)
        {
            if (ids.TryGetValue(letter, out int id)) return id;
            BtfType type = letter switch
            {
                'i' => new BtfInt("int", 4, BtfIntEncoding.Signed, 32),
                'I' => new BtfPointer(Type('i')),
                'w' => new BtfInt("unsigned int", 4, BtfIntEncoding.None, 32),
                'u' => new BtfInt("unsigned long long", 8, BtfIntEncoding.None, 64),
                // A forward declaration would not do: libbpf compares the kinds of types.
                'n' => new BtfStruct(Numbers, false, 8, [new BtfMember("__opaque", Type('u'), 0)]),
                'N' => new BtfPointer(Type('n')),
                _ => new BtfPointer(Struct(s_structs[letter])),
            };
            types.Add(type);
            ids.Add(letter, types.Count);
            return types.Count;
        }

        // One of the object's own is as good.
        int Struct(string name)
        {
            int known = types.FindIndex(t => t is BtfStruct && t.Name == name);
            if (known >= 0) return known + 1;
            types.Add(new BtfStruct(name, false, 0, []));
            return types.Count;
        }
    }
}
