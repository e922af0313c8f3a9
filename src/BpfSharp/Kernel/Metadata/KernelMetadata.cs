using System.ComponentModel;
using BpfSharp.Objects.Kernel;

// What the compiler reads off the kernel-side API: bodies in a referenced assembly cannot be compiled, so each member says what it stands for.
namespace BpfSharp.Kernel.Metadata;

/// <summary>The member compiles to a call of a helper function of the kernel, arguments in order: integers widened to 64 bits, references as pointers.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property, Inherited = false)]
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class KernelHelperAttribute(int id) : Attribute
{
    /// <summary>The helper's number (<c>BPF_FUNC_*</c>).</summary>
    public int Id { get; } = id;

    /// <summary>How many bits the result is shifted right (unsigned) before it is converted to the member's type.</summary>
    public int Shift { get; set; }

    /// <summary>Whether each argument that is a reference is followed by the size of what it refers to.</summary>
    public bool SizeAfterReference { get; set; }

    /// <summary>Whether the program's context is the first argument.</summary>
    public bool PassesContext { get; set; }
}

/// <summary>The member compiles to what the compiler's table of intrinsics has under a name.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Constructor, Inherited = false)]
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class KernelIntrinsicAttribute(string name) : Attribute
{
    /// <summary>The intrinsic's name, e.g. <c>map.tryGetRef</c>.</summary>
    public string Name { get; } = name;
}

/// <summary>The class is a map of a type of the kernel.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class KernelMapTypeAttribute(MapType type) : Attribute
{
    /// <summary>The kernel's map type.</summary>
    public MapType Type { get; } = type;

    /// <summary>Flags that the type needs at creation (<c>BPF_F_*</c>).</summary>
    public uint Flags { get; set; }

    /// <summary>Name of the generic user-space view in namespace <c>BpfSharp</c>, e.g. <c>BpfHashMap</c>; it takes the type arguments of the map's base class.</summary>
    public string View { get; set; } = "";

    /// <summary>The kernel's name of what values belong to, where a map is a storage: <c>task_struct</c>.</summary>
    public string Owner { get; set; } = "";

    /// <summary>Bytes of a key where no type says it; 0 where one does.</summary>
    public int KeySize { get; set; }

    /// <summary>Bytes of a value where no type says it; 0 where one does.</summary>
    public int ValueSize { get; set; }
}

/// <summary>The struct is a program's context: one pointer in the kernel.</summary>
[AttributeUsage(AttributeTargets.Struct, Inherited = false)]
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class KernelContextAttribute : Attribute
{
    /// <summary>The C name of the kernel's context type, e.g. <c>xdp_md</c>; empty if it has none.</summary>
    public string CName { get; set; } = "";

    /// <summary>The hooks whose programs take this context.</summary>
    public BpfHook[] Hooks { get; set; } = [];
}

/// <summary>The property is a field of the context, read with one load; an address of the internet, word by word.</summary>
[AttributeUsage(AttributeTargets.Property, Inherited = false)]
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class KernelContextFieldAttribute(int offset, int size) : Attribute
{
    /// <summary>Bytes from the context's start.</summary>
    public int Offset { get; } = offset;

    /// <summary>Bytes to load.</summary>
    public int Size { get; } = size;

    /// <summary>Whether the field is in network order, from which the loaded number is converted.</summary>
    public bool NetworkOrder { get; set; }
}

/// <summary>The property is a bit field of another field of the struct: <c>((field &gt;&gt; shift) &amp; mask) * scale</c>, the field first converted from network order.</summary>
[AttributeUsage(AttributeTargets.Property, Inherited = false)]
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class KernelBitsAttribute(string field, int shift, int width) : Attribute
{
    /// <summary>The field's name.</summary>
    public string Field { get; } = field;

    /// <summary>The lowest bit.</summary>
    public int Shift { get; } = shift;

    /// <summary>How many bits.</summary>
    public int Width { get; } = width;

    /// <summary>What the bits are multiplied with.</summary>
    public int Scale { get; set; } = 1;
}

/// <summary>The constructor sets fields to its parameters, in order.</summary>
[AttributeUsage(AttributeTargets.Constructor, Inherited = false)]
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class KernelConstructorAttribute(params string[] fields) : Attribute
{
    /// <summary>The fields' names.</summary>
    public string[] Fields { get; } = fields;
}
