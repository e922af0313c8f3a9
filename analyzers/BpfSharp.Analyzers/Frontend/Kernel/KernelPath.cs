using System.Globalization;
using System.Text;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>A step of a path: to a member, or to an element of an array.</summary>
/// <param name="Member">The member, null for an element.</param>
/// <param name="Index">The element's index.</param>
internal readonly record struct KernelStep(LocalMember? Member, int Index);

/// <summary>The way from a kernel struct to what is read, through embedded structs and elements of arrays, without following a pointer.</summary>
/// <param name="Root">The struct.</param>
/// <param name="Steps">The steps.</param>
internal sealed record KernelPath(LocalType Root, IReadOnlyList<KernelStep> Steps)
{
    /// <summary>What is at its end; null if that is the root itself.</summary>
    public LocalMemberType? End
    {
        get
        {
            LocalMemberType? type = null;
            foreach (KernelStep step in Steps) type = step.Member is { } member ? member.Type : ((LocalMemberType.Array)type!).Element;
            return type;
        }
    }

    /// <summary>The last member.</summary>
    public LocalMember? Last => Steps.Count > 0 ? Steps[Steps.Count - 1].Member : null;

    /// <summary>Whether a union is on the way: what the verifier thinks is there may be another member.</summary>
    public bool IsThroughUnion => Root.IsUnion || Steps.Any(static s => s.Member?.Type is LocalMemberType.Embedded { Type.IsUnion: true });

    /// <summary>The path with another step.</summary>
    public KernelPath With(LocalMember member) => this with { Steps = [.. Steps, new KernelStep(member, 0)] };

    /// <summary>The path to an element.</summary>
    public KernelPath With(int index) => this with { Steps = [.. Steps, new KernelStep(null, index)] };

    /// <summary>Bytes from the root's start; known when the types are laid out.</summary>
    public int Offset
    {
        get
        {
            int offset = 0;
            LocalMemberType? type = null;
            foreach (KernelStep step in Steps)
            {
                if (step.Member is { } member)
                {
                    offset += member.Offset;
                    type = member.Type;
                }
                else
                {
                    type = ((LocalMemberType.Array)type!).Element;
                    offset += step.Index * LocalType.SizeOf(type).Size;
                }
            }
            return offset;
        }
    }

    /// <summary>The access string of a CO-RE relocation.</summary>
    public string Access
    {
        get
        {
            StringBuilder text = new("0");
            foreach (KernelStep step in Steps) text.Append(':').Append((step.Member?.Index ?? step.Index).ToString(CultureInfo.InvariantCulture));
            return text.ToString();
        }
    }
}
