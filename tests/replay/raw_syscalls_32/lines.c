// Counts the lines of data/minutes.txt; 32-bit x86 alone.
static long Call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
  return result;
}

enum { kExit = 1, kRead = 3, kWrite = 4, kOpen = 5, kWriteNew = 01 | 0100 | 01000 };

void _start(void) {
  static char text[4096];
  const long in = Call(kOpen, (long)"data/minutes.txt", 0, 0);
  const long out = Call(kOpen, (long)"lines.txt", kWriteNew, 0644);
  const long size = Call(kRead, in, (long)text, sizeof text);
  char answer[] = "0\n";
  for (long i = 0; i < size; ++i) answer[0] = (char)(answer[0] + (text[i] == '\n'));
  Call(kExit, in < 0 || out < 0 || size <= 0 || Call(kWrite, out, (long)answer, 2) != 2, 0, 0);
  for (;;) {
  }
}
