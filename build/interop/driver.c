// Loads each program of the objects given through libbpf, one at a time, and prints what came of it:
//   OBJECT <tab> PROGRAM <tab> ok|ERRNO <tab> INSTRUCTIONS(hex)
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

static int verbose;
static int print(enum libbpf_print_level level, const char *format, va_list args)
{
	return verbose > (int)level ? vfprintf(stderr, format, args) : 0;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	int i = 1;
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "-v")) verbose++;
		else if (!strcmp(argv[i], "-b")) opts.btf_custom_path = argv[++i];
	}
	libbpf_set_print(print);
	for (; i < argc; i++) {
		const char *base = strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i];
		for (int n = 0, count = 1; n < count; n++) {
			struct bpf_object *o = bpf_object__open_file(argv[i], &opts);
			if (!o) { printf("%s\t-\topen:%d\t\n", base, errno); break; }
			struct bpf_program *p, *wanted = NULL;
			int at = 0;
			bpf_object__for_each_program(p, o) {
				bpf_program__set_autoload(p, at == n);
				if (at == n) wanted = p;
				at++;
			}
			count = at;
			if (!wanted) { printf("%s\t-\tempty\t\n", base); bpf_object__close(o); break; }
			int err = bpf_object__load(o);
			char state[16];
			snprintf(state, sizeof(state), err ? "%d" : "ok", -err);
			printf("%s\t%s\t%s\t", base, bpf_program__name(wanted), state);
			{
				const unsigned char *b = (const unsigned char *)bpf_program__insns(wanted);
				for (size_t k = 0; k < bpf_program__insn_cnt(wanted) * 8; k++) printf("%02x", b[k]);
			}
			printf("\n");
			fflush(stdout);
			bpf_object__close(o);
		}
	}
	return 0;
}
