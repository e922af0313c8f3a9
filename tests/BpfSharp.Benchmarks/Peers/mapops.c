/* mapops HASH_ID BIG_ID ARRAY_ID: map operations through libbpf, on maps that somebody else made. For each line with a case's name on standard
 * input it runs one round and answers with the nanoseconds of one operation. */
#include <pthread.h>
#include "drv.h"

enum { N = 4000, OPS = 4000, BIG = 100000, READS = 1000000 };

static int hash, big, array;
static u32 keys[OPS], bk[BIG + 1024];
static u64 bv[BIG + 1024], val;
static volatile u64 *mapped;
static volatile u64 sink;

static double lookup(void)
{
	u64 a = cpu_ns();

	for (int i = 0; i < OPS; i++) {
		bpf_map_lookup_elem(hash, &keys[i], &val);
		sink += val;
	}
	return (double)(cpu_ns() - a) / OPS;
}

static double miss(void)
{
	u64 a = cpu_ns();

	for (int i = 0; i < OPS; i++) {
		u32 k = keys[i] + 1000000;

		bpf_map_lookup_elem(hash, &k, &val);
	}
	return (double)(cpu_ns() - a) / OPS;
}

static double update(void)
{
	u64 a = cpu_ns();

	for (int i = 0; i < OPS; i++) {
		val = i;
		bpf_map_update_elem(hash, &keys[i], &val, BPF_EXIST);
	}
	return (double)(cpu_ns() - a) / OPS;
}

static double insert(void)
{
	u64 a = cpu_ns();

	for (u32 i = 0; i < N; i++) {
		val = i;
		bpf_map_update_elem(hash, &i, &val, BPF_NOEXIST);
	}
	return (double)(cpu_ns() - a) / N;
}

static double delete(void)
{
	u64 a = cpu_ns();
	double ns;

	for (u32 i = 0; i < N; i++)
		bpf_map_delete_elem(hash, &i);
	ns = (double)(cpu_ns() - a) / N;
	insert();
	return ns;
}

static double refill(void)
{
	for (u32 i = 0; i < N; i++)
		bpf_map_delete_elem(hash, &i);
	return insert();
}

static double enumerate(void)
{
	u32 k, next;
	void *prev = NULL;
	int n = 0;
	u64 a = cpu_ns();

	while (!bpf_map_get_next_key(big, prev, &next)) {
		k = next;
		prev = &k;
		bpf_map_lookup_elem(big, &k, &val);
		sink += val;
		n++;
	}
	if (n != BIG)
		die("enumerated %d", n);
	return (double)(cpu_ns() - a) / n;
}

static double lookup_batch(void)
{
	u32 batch = 0, cnt = BIG;
	u64 a = cpu_ns();

	if (bpf_map_lookup_batch(big, NULL, &batch, bk, bv, &cnt, NULL) && errno != ENOENT)
		die("lookup_batch");
	if (cnt != BIG)
		die("batch of %u", cnt);
	return (double)(cpu_ns() - a) / BIG;
}

static double update_batch(void)
{
	u32 cnt = BIG;
	u64 a;

	for (u32 i = 0; i < BIG; i++)
		bk[i] = bv[i] = i;
	a = cpu_ns();
	if (bpf_map_update_batch(big, bk, bv, &cnt, NULL))
		die("update_batch");
	return (double)(cpu_ns() - a) / BIG;
}

static double delete_batch(void)
{
	u32 cnt = BIG;
	double ns;
	u64 a;

	for (u32 i = 0; i < BIG; i++)
		bk[i] = bv[i] = i;
	a = cpu_ns();
	if (bpf_map_delete_batch(big, bk, &cnt, NULL))
		die("delete_batch");
	ns = (double)(cpu_ns() - a) / BIG;
	cnt = BIG;
	if (bpf_map_update_batch(big, bk, bv, &cnt, NULL))
		die("refill");
	return ns;
}

static double read_random(void)
{
	u64 s = 0, a = cpu_ns();

	for (int r = 0; r < READS / OPS; r++)
		for (int i = 0; i < OPS; i++)
			s += mapped[keys[i]];
	sink += s;
	return (double)(cpu_ns() - a) / READS;
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* From here on the process has two threads, as every process of .NET has several: the kernel then counts references to the descriptor's file in
 * each system call, which it spares a process with one thread. */
static double thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, sleeper, NULL))
		die("thread");
	return 0;
}

static const struct {
	const char *name;
	double (*run)(void);
} cases[] = {
	{ "lookup", lookup }, { "miss", miss }, { "update", update }, { "insert", refill }, { "delete", delete }, { "enumerate", enumerate },
	{ "lookup-batch", lookup_batch }, { "update-batch", update_batch }, { "delete-batch", delete_batch }, { "mmap-read", read_random },
	{ "thread", thread },
};

int main(int argc, char **argv)
{
	char line[80];
	u32 x = 12345;

	libbpf_set_print(quiet);
	if (argc != 4)
		return 2;
	hash = bpf_map_get_fd_by_id(atoi(argv[1]));
	big = bpf_map_get_fd_by_id(atoi(argv[2]));
	array = bpf_map_get_fd_by_id(atoi(argv[3]));
	if (hash < 0 || big < 0 || array < 0)
		die("maps");
	mapped = mmap(NULL, N * 8, PROT_READ | PROT_WRITE, MAP_SHARED, array, 0);
	if (mapped == MAP_FAILED)
		die("mmap");
	for (int i = 0; i < OPS; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		keys[i] = x % N;
	}
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
			if (!strcmp(cases[i].name, line)) {
				printf("%.4f\n", cases[i].run());
				fflush(stdout);
			}
	}
	return 0;
}
