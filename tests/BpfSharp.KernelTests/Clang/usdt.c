/* A library with static probes, as sys/sdt.h makes them, written out: a nop, and a note that says where it is, where its counter of those who look lies (the
 * semaphore), and where its arguments are. */
#define NOTE(name, semaphore, arguments) \
	"990: nop\n" \
	".pushsection .note.stapsdt,\"?\",\"note\"\n" \
	".balign 4\n" \
	".4byte 992f-991f, 994f-993f, 3\n" \
	"991: .asciz \"stapsdt\"\n" \
	"992: .balign 4\n" \
	"993: .8byte 990b\n" \
	".8byte _.stapsdt.base\n" \
	".8byte " semaphore "\n" \
	".asciz \"app\"\n" \
	".asciz \"" name "\"\n" \
	".asciz \"" arguments "\"\n" \
	"994: .balign 4\n" \
	".popsection\n" \
	".ifndef _.stapsdt.base\n" \
	".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n" \
	".weak _.stapsdt.base\n" \
	".hidden _.stapsdt.base\n" \
	"_.stapsdt.base: .space 1\n" \
	".size _.stapsdt.base, 1\n" \
	".popsection\n" \
	".endif\n"

__attribute__((section(".probes"), visibility("hidden"))) volatile unsigned short app_hit_semaphore;

/* Passes the probe and returns how many look. */
int app_hit(int value)
{
	__asm__ volatile(NOTE("hit", "app_hit_semaphore", "-4@%0") : : "r"(value));
	return app_hit_semaphore;
}

#ifdef __x86_64__
long app_number;

/* Passes a probe with an argument in each form: registers whole and in part, constants, memory at a register, at two of them, and a variable. */
void app_forms(const void *memory, long index, long number)
{
	register long ninth __asm__("r9") = number;

	app_number = number;
	__asm__ volatile(
		NOTE("forms", "0", "8@%%rax -4@%%ebx 1@%%bl -2@$-7 8@$4294967297 -4@8(%%rax) 2@-2(%%rax) -8@(%%rax,%%rbx,8) -1@3(%%rax,%%rbx) -8@app_number(%%rip) -4@app_number+4(%%rip) 4@%%r9d")
		: : "a"(memory), "b"(index), "r"(ninth));
}

/* Passes one probe at two places, whose notes differ. */
void app_places(long number)
{
	__asm__ volatile(NOTE("places", "0", "8@%%rcx") : : "c"(number));
	__asm__ volatile(NOTE("places", "0", "-8@8(%%rdx)") : : "d"(&app_number - 1));
}

/* Passes a probe without arguments. */
void app_none(void)
{
	__asm__ volatile(NOTE("none", "0", ""));
}

/* Passes a probe whose argument no program can read. */
void app_float(void)
{
	__asm__ volatile(NOTE("float", "0", "4f@%xmm0"));
}
#endif
