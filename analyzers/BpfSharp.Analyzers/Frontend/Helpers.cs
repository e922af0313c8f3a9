namespace BpfSharp.Analyzers.Frontend;

/// <summary>The numbers of the kernel's helper functions that intrinsics call (<c>BPF_FUNC_*</c>).</summary>
internal static class Helpers
{
    /// <summary><c>bpf_map_lookup_elem</c>.</summary>
    public const int MapLookup = 1;
    /// <summary><c>bpf_map_update_elem</c>.</summary>
    public const int MapUpdate = 2;
    /// <summary><c>bpf_map_delete_elem</c>.</summary>
    public const int MapDelete = 3;
    /// <summary><c>bpf_trace_printk</c>.</summary>
    public const int TracePrint = 6;
    /// <summary><c>bpf_perf_event_output</c>.</summary>
    public const int PerfEventOutput = 25;
    /// <summary><c>bpf_tail_call</c>.</summary>
    public const int TailCall = 12;
    /// <summary><c>bpf_skb_load_bytes</c>.</summary>
    public const int PacketLoad = 26;
    /// <summary><c>bpf_get_stackid</c>.</summary>
    public const int GetStackId = 27;
    /// <summary><c>bpf_current_task_under_cgroup</c>.</summary>
    public const int CurrentTaskUnderCgroup = 37;
    /// <summary><c>bpf_sk_release</c>.</summary>
    public const int ReleaseSocket = 86;
    /// <summary><c>bpf_map_push_elem</c>.</summary>
    public const int MapPush = 87;
    /// <summary><c>bpf_map_pop_elem</c>.</summary>
    public const int MapPop = 88;
    /// <summary><c>bpf_map_peek_elem</c>.</summary>
    public const int MapPeek = 89;
    /// <summary><c>bpf_redirect_map</c>.</summary>
    public const int RedirectMap = 51;
    /// <summary><c>bpf_sk_redirect_map</c>.</summary>
    public const int PacketRedirectMap = 52;
    /// <summary><c>bpf_sock_map_update</c>.</summary>
    public const int SockMapUpdate = 53;
    /// <summary><c>bpf_msg_redirect_map</c>.</summary>
    public const int MessageRedirectMap = 60;
    /// <summary><c>bpf_sock_hash_update</c>.</summary>
    public const int SockHashUpdate = 70;
    /// <summary><c>bpf_msg_redirect_hash</c>.</summary>
    public const int MessageRedirectHash = 71;
    /// <summary><c>bpf_sk_redirect_hash</c>.</summary>
    public const int PacketRedirectHash = 72;
    /// <summary><c>bpf_sk_select_reuseport</c>.</summary>
    public const int SelectReuseport = 82;
    /// <summary><c>bpf_spin_lock</c>.</summary>
    public const int SpinLock = 93;
    /// <summary><c>bpf_sk_fullsock</c>.</summary>
    public const int FullSocket = 95;
    /// <summary><c>bpf_spin_unlock</c>.</summary>
    public const int SpinUnlock = 94;
    /// <summary><c>bpf_probe_read_user</c>.</summary>
    public const int ProbeReadUser = 112;
    /// <summary><c>bpf_probe_read_user_str</c>.</summary>
    public const int ProbeReadUserString = 114;
    /// <summary><c>bpf_probe_read_kernel_str</c>.</summary>
    public const int ProbeReadKernelText = 115;
    /// <summary><c>bpf_get_current_task_btf</c>; <c>bpf_get_current_task</c> where kernels older than it are to be reached.</summary>
    public const int CurrentTaskBtf = 158;
    /// <summary><c>bpf_probe_read_kernel</c>.</summary>
    public const int ProbeReadKernel = 113;
    /// <summary><c>bpf_ringbuf_output</c>.</summary>
    public const int RingBufferOutput = 130;
    /// <summary><c>bpf_ringbuf_reserve</c>.</summary>
    public const int RingBufferReserve = 131;
    /// <summary><c>bpf_ringbuf_submit</c>.</summary>
    public const int RingBufferSubmit = 132;
    /// <summary><c>bpf_ringbuf_discard</c>.</summary>
    public const int RingBufferDiscard = 133;
    /// <summary><c>bpf_for_each_map_elem</c>.</summary>
    public const int ForEachMapElement = 164;
    /// <summary><c>bpf_timer_init</c>.</summary>
    public const int TimerInit = 169;
    /// <summary><c>bpf_timer_set_callback</c>.</summary>
    public const int TimerSetCallback = 170;
    /// <summary><c>bpf_timer_start</c>.</summary>
    public const int TimerStart = 171;
    /// <summary><c>bpf_timer_cancel</c>.</summary>
    public const int TimerCancel = 172;
    /// <summary><c>bpf_get_attach_cookie</c>.</summary>
    public const int AttachCookie = 174;
    /// <summary><c>bpf_trace_vprintk</c>.</summary>
    public const int TraceVPrint = 177;
    /// <summary><c>bpf_loop</c>.</summary>
    public const int Loop = 181;
    /// <summary><c>bpf_dynptr_read</c>.</summary>
    public const int DynptrRead = 201;
    /// <summary><c>bpf_user_ringbuf_drain</c>.</summary>
    public const int DrainUserRing = 209;
}
