namespace BpfSharp.Objects.Tests;

/// <summary>Small C programs, and the objects clang makes of them.</summary>
internal static class ClangObjects
{
    /// <summary>Maps of all kinds, globals, subprograms, callbacks, externs, CO-RE, two programs in one section.</summary>
    public const string Everything = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>

        struct key { int a; int b; };
        struct {
            __uint(type, BPF_MAP_TYPE_HASH);
            __uint(max_entries, 10240);
            __type(key, struct key);
            __type(value, __u64);
            __uint(map_flags, BPF_F_NO_PREALLOC);
            __uint(pinning, LIBBPF_PIN_BY_NAME);
        } counts SEC(".maps");
        struct inner {
            __uint(type, BPF_MAP_TYPE_ARRAY);
            __uint(max_entries, 1);
            __type(key, int);
            __type(value, int);
        } first SEC(".maps");
        struct {
            __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
            __uint(max_entries, 4);
            __type(key, int);
            __array(values, struct inner);
        } outer SEC(".maps") = { .values = { [1] = &first } };
        int count(void *ctx);
        struct {
            __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
            __uint(max_entries, 4);
            __uint(key_size, 4);
            __array(values, int(void *));
        } programs SEC(".maps") = { .values = { [2] = (void *)&count } };
        struct {
            __uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
            __uint(max_entries, 8);
            __uint(value_size, 12);
            __uint(map_extra, 3);
            __uint(numa_node, 0);
        } bloom SEC(".maps");

        __u64 dropped;
        static int step = 5;
        const volatile int only_pid = 0;
        int table[4] = { 1, 2, 3, 4 };
        static long hidden_total;

        static __attribute__((noinline)) int local_sub(int x) { return x * 3 + hidden_total; }
        __attribute__((noinline)) int global_sub(int x) { return x * 7 + table[x & 3] + local_sub(x); }
        static long callback(__u32 i, void *c) { dropped += i; return 0; }

        extern int kernel_function(void) __ksym;
        extern const int kernel_variable __ksym __weak;
        extern int LINUX_KERNEL_VERSION __kconfig;

        struct task { int pid; struct { int member; } nested; } __attribute__((preserve_access_index));

        SEC("tracepoint/raw_syscalls/sys_enter") int count(void *ctx)
        {
            struct key k = { 1, only_pid };
            __u64 *p = bpf_map_lookup_elem(&counts, &k);
            if (p) __sync_fetch_and_add(p, 1);
            hidden_total++;
            bpf_loop(10, callback, 0, 0);
            step++;
            return local_sub(k.b) + global_sub(step) + kernel_function() + LINUX_KERNEL_VERSION + (&kernel_variable != 0);
        }

        SEC("tracepoint/raw_syscalls/sys_enter") int second(struct task *ctx)
        {
            bpf_printk("hi %d", table[3]);
            return ctx->nested.member;
        }

        SEC("xdp") int third(void *ctx) { return 2; }

        char _license[] SEC("license") = "GPL";
        int version_code SEC("version") = 5;
        """;

    /// <summary>As <see cref="Everything"/>, but every kernel takes it: no externs of its own making.</summary>
    public const string Loadable = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        #include <bpf/bpf_core_read.h>

        struct key { int a; int b; };
        struct {
            __uint(type, BPF_MAP_TYPE_HASH);
            __uint(max_entries, 16);
            __type(key, struct key);
            __type(value, __u64);
        } counts SEC(".maps");
        struct inner {
            __uint(type, BPF_MAP_TYPE_ARRAY);
            __uint(max_entries, 1);
            __type(key, int);
            __type(value, int);
        } first SEC(".maps");
        struct {
            __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
            __uint(max_entries, 4);
            __type(key, int);
            __array(values, struct inner);
        } outer SEC(".maps") = { .values = { [1] = &first } };
        int second(void *ctx);
        struct {
            __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
            __uint(max_entries, 4);
            __uint(key_size, 4);
            __array(values, int(void *));
        } programs SEC(".maps") = { .values = { [2] = (void *)&second } };

        __u64 dropped;
        static int step = 5;
        const volatile int only_pid = 0;
        int table[4] = { 1, 2, 3, 4 };
        static long hidden_total;

        static __attribute__((noinline)) int local_sub(int x) { return x * 3 + hidden_total; }
        __attribute__((noinline)) int global_sub(int x) { return x * 7 + table[x & 3] + local_sub(x); }
        static int callback(__u32 i, void *c) { dropped += i; return 0; }

        struct task_struct { int tgid; } __attribute__((preserve_access_index));

        SEC("tracepoint/raw_syscalls/sys_enter") int first_program(void *ctx)
        {
            struct key k = { 1, only_pid };
            __u64 *p = bpf_map_lookup_elem(&counts, &k);
            if (p) __sync_fetch_and_add(p, 1);
            hidden_total++;
            bpf_for_each_map_elem(&first, callback, 0, 0);
            step++;
            struct task_struct *task = (void *)bpf_get_current_task();
            bpf_tail_call(ctx, &programs, 2);
            return local_sub(k.b) + global_sub(step) + BPF_CORE_READ(task, tgid);
        }

        SEC("tracepoint/raw_syscalls/sys_enter") int second(void *ctx)
        {
            bpf_printk("hi %d", table[3]);
            return 0;
        }

        SEC("xdp") int third(void *ctx) { return global_sub(2); }

        char _license[] SEC("license") = "GPL";
        """;

    /// <summary>Compiles C source.</summary>
    /// <param name="folder">Where to put the files.</param>
    /// <param name="source">The source text.</param>
    /// <param name="options">More options, after <c>-O2 -g</c>.</param>
    /// <returns>The object's path.</returns>
    public static string Compile(TemporaryFolder folder, string source, params string[] options)
    {
        string input = folder.File("source.bpf.c");
        string output = folder.File("source.bpf.o");
        File.WriteAllText(input, source);
        Tools.Run("clang-19", ["-target", "bpf", "-O2", "-g", "-I/usr/include/x86_64-linux-gnu", "-I/usr/include/aarch64-linux-gnu", .. options, "-c", input, "-o", output]);
        return output;
    }
}
