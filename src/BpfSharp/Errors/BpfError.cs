using BpfSharp.Syscalls;

namespace BpfSharp.Errors;

/// <summary>Makes exceptions out of the kernel's error numbers.</summary>
internal static class BpfError
{
    /// <summary>The exception for an error, with a hint that fits the error in general.</summary>
    /// <param name="error">The kernel's error, positive or negative.</param>
    /// <param name="doing">What was being done: "create map 'counts'".</param>
    /// <param name="hint">What is missing and what to do, if the caller knows better than the error number tells.</param>
    public static BpfException Create(int error, string doing, string? hint = null)
    {
        Errno errno = (Errno)Math.Abs(error);
        string name = Enum.IsDefined(errno) ? errno.ToString() : "errno";
        hint ??= ErrorHints.For(errno);
        string tail = hint.Length == 0 ? "" : ": " + hint;
        return new BpfException($"cannot {doing}: {name} ({(int)errno}){tail}", (int)errno, name);
    }

    /// <summary>Throws what <see cref="Create"/> makes if <paramref name="result"/> is negative, else returns it.</summary>
    public static int Check(int result, string doing) => result >= 0 ? result : throw Create(result, doing);
}
