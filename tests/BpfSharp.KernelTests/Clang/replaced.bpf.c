#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

/* In the place of GlobalFunctionPrograms.Divide. The negative results are those whose upper half is not zero. */
SEC("freplace/Divide") int replaced(unsigned int value, unsigned int by)
{
    if (by == 3) return -1;
    return by ? (int)(value - by) : -5;
}
