namespace BpfSharp.KernelTests;

static class Program
{
    static int Main()
    {
        foreach (KernelNeeds need in Enum.GetValues<KernelNeeds>().Where(n => n != KernelNeeds.None)) Console.WriteLine($"{need,-20} {NeedProbes.WhyMissing(need) ?? "present"}");
        return 0;
    }
}
