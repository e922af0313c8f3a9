/* Opens and loads the object whose path it reads, for each line, through libbpf, and prints the nanoseconds that its thread ran. */
#include "drv.h"

static u64 thread_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

int main(void)
{
	char path[4096];

	if (libbpf_major_version() < 1 || (libbpf_major_version() == 1 && libbpf_minor_version() < 5)) {
		fprintf(stderr, "%s is too old a peer: set BPFSHARP_LIBBPF to the prefix of libbpf 1.5 or newer\n", libbpf_version_string());
		return 1;
	}
	libbpf_set_print(quiet);
	while (fgets(path, sizeof(path), stdin)) {
		struct bpf_object *o;
		u64 start, end;

		path[strcspn(path, "\n")] = 0;
		start = thread_ns();
		o = bpf_object__open_file(path, NULL);
		if (!o || bpf_object__load(o))
			die(path);
		end = thread_ns();
		bpf_object__close(o);
		printf("%llu\n", (unsigned long long)(end - start));
		fflush(stdout);
	}
	return 0;
}
