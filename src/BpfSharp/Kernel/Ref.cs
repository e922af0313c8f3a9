using System.Runtime.CompilerServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// A reference to a value in kernel memory, such as a map's value or a header in a packet, or to nothing. In the kernel it is one pointer.
/// </summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly ref struct Ref<T>
    where T : unmanaged
{
    private readonly ref T _value;

    /// <summary>Refers to <paramref name="value"/>. For code that runs in .NET, such as tests.</summary>
    public Ref(ref T value) => _value = ref value;

    /// <summary>Whether it refers to a value.</summary>
    public bool HasValue
    {
        [KernelIntrinsic("ref.hasValue")]
        get => !Unsafe.IsNullRef(ref _value);
    }

    /// <summary>The value, to read and to write in place.</summary>
    /// <exception cref="NullReferenceException">It refers to nothing. In the kernel this is a fault, which ends the program.</exception>
    public ref T Value
    {
        [KernelIntrinsic("ref.value")]
        get
        {
            if (Unsafe.IsNullRef(ref _value)) Throw();
            return ref _value;
        }
    }

    // The exception that C# code expects of a reference to nothing; in the kernel it is a fault.
#pragma warning disable CA2201
    private static void Throw() => throw new NullReferenceException("The Ref<T> refers to nothing: test the result of the call that filled it.");
#pragma warning restore CA2201
}
