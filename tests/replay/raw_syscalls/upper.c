// Writes data/minutes.txt in capitals to upper.txt; x86-64 and AArch64.
#include <asm/unistd.h>

static long Call(long number, long a, long b, long c, long d) {
#if defined(__x86_64__)
  register long r10 __asm__("r10") = d;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
#else
#error "no system calls are known for this instruction set"
#endif
}

enum { kWorkingDirectory = -100, kReadOnly = 0, kWriteNew = 01 | 0100 | 01000 };

void _start(void) {
  static char text[4096];
  const long in = Call(__NR_openat, kWorkingDirectory, (long)"data/minutes.txt", kReadOnly, 0);
  const long out = Call(__NR_openat, kWorkingDirectory, (long)"upper.txt", kWriteNew, 0644);
  long status = in < 0 || out < 0;
  while (status == 0) {
    const long size = Call(__NR_read, in, (long)text, sizeof text, 0);
    if (size <= 0) {
      status = size < 0;
      break;
    }
    for (long i = 0; i < size; ++i) {
      if (text[i] >= 'a' && text[i] <= 'z') text[i] = (char)(text[i] - 'a' + 'A');
    }
    status = Call(__NR_write, out, (long)text, size, 0) != size;
  }
  Call(__NR_exit_group, status, 0, 0, 0);
  for (;;) {
  }
}
