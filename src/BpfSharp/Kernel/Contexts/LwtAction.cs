namespace BpfSharp.Kernel;

/// <summary>What becomes of a packet after a program on its route (<c>enum bpf_ret_code</c>).</summary>
public enum LwtAction
{
    /// <summary>It goes on (<c>BPF_OK</c>).</summary>
    Ok = 0,

    /// <summary>It is dropped (<c>BPF_DROP</c>).</summary>
    Drop = 2,

    /// <summary>It goes where the redirect helper said; of <see cref="BpfHook.LwtXmit"/> (<c>BPF_REDIRECT</c>).</summary>
    Redirect = 7,

    /// <summary>The program has changed it, and its route is looked for again; of <see cref="BpfHook.LwtIn"/> and <see cref="BpfHook.LwtXmit"/> (<c>BPF_LWT_REROUTE</c>, kernel 5.1).</summary>
    Reroute = 128,
}
