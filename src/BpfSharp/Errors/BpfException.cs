namespace BpfSharp;

/// <summary>
/// A system call of the runtime failed. <see cref="Exception.Message"/> is one line: what was being done, the error's name and
/// number, what is missing (a capability, a kernel version, a mount), and what to do next.
/// </summary>
public class BpfException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public BpfException()
    {
    }

    /// <summary>Makes an exception with a message and no error number.</summary>
    public BpfException(string message) : base(message)
    {
    }

    /// <summary>Makes an exception with a message, no error number and what caused it.</summary>
    public BpfException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>Makes an exception with a message and the kernel's error.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="errorNumber">The kernel's error number (<c>errno</c>).</param>
    /// <param name="errorName">Its name, e.g. <c>EPERM</c>.</param>
    public BpfException(string message, int errorNumber, string errorName) : base(message)
    {
        ErrorNumber = errorNumber;
        ErrorName = errorName;
    }

    /// <summary>The kernel's error number (<c>errno</c>), 0 if the kernel was not asked.</summary>
    public int ErrorNumber { get; }

    /// <summary>The error number's name, e.g. <c>EPERM</c>; empty if the kernel was not asked.</summary>
    public string ErrorName { get; } = "";
}
