// What a library does that can use io_uring and can do without.
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  struct io_uring_params params;
  memset(&params, 0, sizeof params);
  const long ring = syscall(SYS_io_uring_setup, 8, &params);
  if (ring >= 0) close((int)ring);
  FILE* in = fopen("data/minutes.txt", "r");
  FILE* out = fopen("copy.txt", "w");
  if (in == NULL || out == NULL) return 1;
  for (int c = getc(in); c != EOF; c = getc(in)) putc(c, out);
  return fclose(out) == 0 ? 0 : 1;
}
