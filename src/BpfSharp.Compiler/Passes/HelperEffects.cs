using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler.Passes;

/// <summary>What helpers do to memory that the program can see.</summary>
[Flags]
internal enum HelperEffect
{
    /// <summary>It gives a result and changes nothing that the program can see.</summary>
    None = 0,
    /// <summary>It writes to memory that an argument points to.</summary>
    WritesArguments = 1,
    /// <summary>It changes map values, kernel objects or data that other code sees.</summary>
    WritesWorld = 2,
    /// <summary>It changes the packet or context, so pointers into the packet and context fields are no longer valid.</summary>
    WritesContext = 4,
    /// <summary>Not in the table: anything.</summary>
    All = 7,
}

/// <summary>
/// Effects of helpers (<c>enum bpf_func_id</c>). The table holds those that programs call most; of the others, the kinds of their arguments tell what
/// they may do at most.
/// </summary>
internal static class HelperEffects
{
    private static readonly Dictionary<long, HelperEffect> s_rows = new()
    {
        [1] = HelperEffect.None, // map_lookup_elem: an LRU map moves the entry, which the program cannot see
        [2] = HelperEffect.WritesWorld, // map_update_elem
        [3] = HelperEffect.WritesWorld, // map_delete_elem
        [4] = HelperEffect.WritesArguments, // probe_read
        [5] = HelperEffect.None, // ktime_get_ns
        [6] = HelperEffect.WritesWorld, // trace_printk
        [7] = HelperEffect.WritesWorld, // get_prandom_u32: each call gives another number
        [8] = HelperEffect.None, // get_smp_processor_id
        [14] = HelperEffect.None, // get_current_pid_tgid
        [15] = HelperEffect.None, // get_current_uid_gid
        [16] = HelperEffect.WritesArguments, // get_current_comm
        [25] = HelperEffect.WritesWorld, // perf_event_output
        [26] = HelperEffect.WritesArguments, // skb_load_bytes
        [27] = HelperEffect.WritesWorld, // get_stackid
        [28] = HelperEffect.None, // csum_diff
        [34] = HelperEffect.WritesWorld, // get_hash_recalc
        [35] = HelperEffect.None, // get_current_task
        [42] = HelperEffect.None, // get_numa_node_id
        [45] = HelperEffect.WritesArguments, // probe_read_str
        [51] = HelperEffect.WritesWorld, // redirect_map
        [69] = HelperEffect.WritesArguments, // fib_lookup
        [67] = HelperEffect.WritesArguments, // get_stack
        [79] = HelperEffect.None, // skb_cgroup_id
        [80] = HelperEffect.None, // get_current_cgroup_id
        [93] = HelperEffect.WritesWorld, // spin_lock
        [94] = HelperEffect.WritesWorld, // spin_unlock
        [87] = HelperEffect.WritesWorld, // map_push_elem
        [88] = HelperEffect.WritesWorld | HelperEffect.WritesArguments, // map_pop_elem
        [89] = HelperEffect.WritesArguments, // map_peek_elem
        [112] = HelperEffect.WritesArguments, // probe_read_user
        [113] = HelperEffect.WritesArguments, // probe_read_kernel
        [114] = HelperEffect.WritesArguments, // probe_read_user_str
        [115] = HelperEffect.WritesArguments, // probe_read_kernel_str
        [118] = HelperEffect.None, // jiffies64
        [125] = HelperEffect.None, // ktime_get_boot_ns
        [130] = HelperEffect.WritesWorld, // ringbuf_output
        [131] = HelperEffect.WritesWorld, // ringbuf_reserve
        [132] = HelperEffect.WritesWorld, // ringbuf_submit
        [133] = HelperEffect.WritesWorld, // ringbuf_discard
        [148] = HelperEffect.WritesArguments, // copy_from_user
        [149] = HelperEffect.WritesArguments, // snprintf_btf
        [153] = HelperEffect.None, // per_cpu_ptr
        [154] = HelperEffect.None, // this_cpu_ptr
        [158] = HelperEffect.None, // get_current_task_btf
        [160] = HelperEffect.None, // ktime_get_coarse_ns
        [165] = HelperEffect.WritesArguments, // snprintf
        [173] = HelperEffect.None, // get_func_ip
        [174] = HelperEffect.None, // get_attach_cookie
        [175] = HelperEffect.None, // task_pt_regs
        [177] = HelperEffect.WritesWorld, // trace_vprintk
        [182] = HelperEffect.None, // strncmp
        [185] = HelperEffect.None, // get_func_arg_cnt
        [188] = HelperEffect.None, // xdp_get_buff_len
        [189] = HelperEffect.WritesArguments, // xdp_load_bytes
        [37] = HelperEffect.None, // current_task_under_cgroup
        [95] = HelperEffect.None, // sk_fullsock
        [107] = HelperEffect.WritesWorld, // sk_storage_get
        [145] = HelperEffect.WritesWorld, // inode_storage_get
        [156] = HelperEffect.WritesWorld, // task_storage_get
        [108] = HelperEffect.WritesWorld, // sk_storage_delete
        [146] = HelperEffect.WritesWorld, // inode_storage_delete
        [157] = HelperEffect.WritesWorld, // task_storage_delete
        [201] = HelperEffect.WritesArguments, // dynptr_read
        [210] = HelperEffect.WritesWorld, // cgrp_storage_get
        [211] = HelperEffect.WritesWorld, // cgrp_storage_delete
        [195] = HelperEffect.None, // map_lookup_percpu_elem
        [208] = HelperEffect.None, // ktime_get_tai_ns
    };

    /// <summary>
    /// Helpers that write all of the memory they are given, also where they fail: the pointer's argument, and the size's. What was in the memory
    /// before does not matter.
    /// </summary>
    private static readonly Dictionary<long, (int Pointer, int Size)> s_fills = new()
    {
        [4] = (0, 1), // probe_read
        [16] = (0, 1), // get_current_comm
        [26] = (2, 3), // skb_load_bytes
        [68] = (2, 3), // skb_load_bytes_relative
        [112] = (0, 1), // probe_read_user
        [113] = (0, 1), // probe_read_kernel
    };

    /// <summary>What a helper may do.</summary>
    internal static HelperEffect Of(long helper) => s_rows.TryGetValue(helper, out HelperEffect effect) ? effect : Most(Helpers.Find((int)helper));

    /// <summary>Whether a call writes all of the memory that an argument points to; then how many bytes.</summary>
    internal static bool TryFill(Value call, int argument, out int size)
    {
        size = 0;
        if (call.Op != Op.CallHelper || !s_fills.TryGetValue(call.Immediate, out (int Pointer, int Size) fill) || argument != fill.Pointer) return false;
        if (fill.Size >= call.Arguments.Count || call.Arguments[fill.Size] is not { Op: Op.Const, Core: null } length) return false;
        size = (int)Math.Min(length.Immediate, 512);
        return size > 0;
    }

    private static HelperEffect Most(Helper? helper)
    {
        if (helper is null) return HelperEffect.All;
        HelperEffect effect = HelperEffect.WritesWorld;
        foreach (HelperArgument argument in helper.Arguments)
        {
            effect |= argument switch
            {
                HelperArgument.Scalar or HelperArgument.Map or HelperArgument.MapKey or HelperArgument.MapValue or HelperArgument.MapValueOrNull => HelperEffect.None,
                HelperArgument.ReadOnlyMemory or HelperArgument.ReadOnlyMemoryOrNull or HelperArgument.ConstantString => HelperEffect.None,
                HelperArgument.Size or HelperArgument.SizeOrZero or HelperArgument.AllocationSize => HelperEffect.None,
                HelperArgument.Memory or HelperArgument.MemoryOrNull or HelperArgument.NewMemory or HelperArgument.NewMapValue => HelperEffect.WritesArguments,
                _ => HelperEffect.All,
            };
        }
        return effect;
    }

    /// <summary>Whether a call whose result is not used can go.</summary>
    internal static bool IsPure(long helper) => Of(helper) == HelperEffect.None;
}
