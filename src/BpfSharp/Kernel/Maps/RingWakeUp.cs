namespace BpfSharp.Kernel;

/// <summary>Whether a record that is submitted to a ring buffer wakes the reader. Waking costs a hundred times what the record costs.</summary>
public enum RingWakeUp : ulong
{
    /// <summary>Only if the reader has read all that came before: a reader that is busy sees the record anyway.</summary>
    Adaptive = 0,

    /// <summary>Not (<c>BPF_RB_NO_WAKEUP</c>): for readers that look by themselves, or where another record wakes them.</summary>
    None = 1,

    /// <summary>In any case (<c>BPF_RB_FORCE_WAKEUP</c>), e.g. for the last of several records that were submitted with <see cref="None"/>.</summary>
    Force = 2,
}
