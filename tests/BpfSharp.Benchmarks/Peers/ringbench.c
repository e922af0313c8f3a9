/* ringbench PROG_ID MAP_ID: ring-buffer reading through libbpf, of a ring that somebody else made. For each line on standard input it runs one
 * round and answers with a number:
 *   drain SIZE    nanoseconds per record of a ring that was filled before, without wake-ups
 *   stream SIZE   records a second while a thread on another CPU writes, the reader asking again and again
 *   alternate N   nanoseconds per record of writing N records and polling, in turn, on one CPU */
#include "drv.h"
#include <pthread.h>

struct args {
	u32 count, size;
	u64 flags, dropped;
};

static int prog, mapfd;
static struct ring_buffer *rb;
static u64 got, sum;
static volatile int stop;
static u32 stream_size;

static int on_rec(void *ctx, void *data, size_t len)
{
	got++;
	sum += *(u64 *)data;
	return 0;
}

static u64 produce(u32 n, u32 size, u64 flags)
{
	struct args a = { n, size, flags, 0 };
	LIBBPF_OPTS(bpf_test_run_opts, t, .ctx_in = &a, .ctx_size_in = sizeof(a));

	if (bpf_prog_test_run_opts(prog, &t))
		die("produce");
	return a.dropped;
}

static void pin(int cpu)
{
	cpu_set_t s;

	CPU_ZERO(&s);
	CPU_SET(cpu, &s);
	pthread_setaffinity_np(pthread_self(), sizeof(s), &s);
}

static void *producer(void *unused)
{
	pin(0);
	while (!stop)
		produce(1000, stream_size, BPF_RB_NO_WAKEUP);
	return NULL;
}

static double drain(u32 size)
{
	u32 n = (64u << 20) / (size + 8) * 9 / 10;
	u64 t;

	if (n > 200000)
		n = 200000;
	produce(n, size, BPF_RB_NO_WAKEUP);
	got = 0;
	t = cpu_ns();
	ring_buffer__consume(rb);
	t = cpu_ns() - t;
	if (got != n)
		die("drained %lu of %u", got, n);
	return (double)t / n;
}

static double alternate(u32 batch)
{
	int loops = batch >= 1000 ? 50 : 2000;
	u64 t = cpu_ns();

	got = 0;
	for (int i = 0; i < loops; i++) {
		produce(batch, 64, 0);
		ring_buffer__poll(rb, 0);
	}
	t = cpu_ns() - t;
	if (got != (u64)loops * batch)
		die("polled %lu", got);
	return (double)t / got;
}

static double stream(u32 size)
{
	pthread_t th;
	u64 a, b, seen;

	stop = 0;
	stream_size = size;
	got = 0;
	pthread_create(&th, NULL, producer, NULL);
	a = now_ns();
	while ((b = now_ns()) - a < 200000000ULL)
		ring_buffer__consume(rb);
	seen = got;
	stop = 1;
	pthread_join(th, NULL);
	ring_buffer__consume(rb);
	return seen / ((b - a) / 1e9);
}

int main(int argc, char **argv)
{
	char line[80], what[40];
	u32 n;

	libbpf_set_print(quiet);
	if (argc != 3)
		return 2;
	pin(1);
	prog = bpf_prog_get_fd_by_id(atoi(argv[1]));
	mapfd = bpf_map_get_fd_by_id(atoi(argv[2]));
	if (prog < 0 || mapfd < 0)
		die("program and map");
	rb = ring_buffer__new(mapfd, on_rec, NULL, NULL);
	if (!rb)
		die("ring_buffer__new");
	while (fgets(line, sizeof(line), stdin))
		if (sscanf(line, "%39s %u", what, &n) == 2) {
			printf("%.4f\n", !strcmp(what, "drain") ? drain(n) : !strcmp(what, "stream") ? stream(n) : alternate(n));
			fflush(stdout);
		}
	return 0;
}
