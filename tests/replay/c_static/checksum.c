// The FNV-1a hash of a file.
#include <stdint.h>
#include <stdio.h>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  FILE* in = fopen(argv[1], "rb");
  FILE* out = fopen(argv[2], "w");
  if (in == NULL || out == NULL) return 1;
  uint64_t hash = 14695981039346656037u;
  for (int c = getc(in); c != EOF; c = getc(in)) hash = (hash ^ (uint64_t)c) * 1099511628211u;
  fprintf(out, "%016llx\n", (unsigned long long)hash);
  return fclose(out) == 0 ? 0 : 1;
}
