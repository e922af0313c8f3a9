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

    private const string Numbers = "bpf_iter_num";

    /// <summary>Each function: what it returns and takes, as a small language of its own: <c>i</c> int, <c>I</c> int *, <c>N</c> the iterator *, <c>v</c> void.</summary>
    private static readonly Dictionary<string, (KernelVersion Since, string Prototype)> s_rows = new(StringComparer.Ordinal)
    {
        [NewNumbers] = (new KernelVersion(6, 4), "iNii"),
        [NextNumber] = (new KernelVersion(6, 4), "IN"),
        [DestroyNumbers] = (new KernelVersion(6, 4), "vN"),
    };

    /// <summary>The first kernel that has a function.</summary>
    public static KernelVersion Since(string name) => s_rows[name].Since;

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
                'u' => new BtfInt("unsigned long long", 8, BtfIntEncoding.None, 64),
                // A forward declaration would not do: libbpf compares the kinds of types.
                'n' => new BtfStruct(Numbers, false, 8, [new BtfMember("__opaque", Type('u'), 0)]),
                _ => new BtfPointer(Type('n')),
            };
            types.Add(type);
            ids.Add(letter, types.Count);
            return types.Count;
        }
    }
}
