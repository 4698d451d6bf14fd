// Free memory in KiB, many times: that it is the same each time again cannot be.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  FILE* out = fopen(argv[1], "w");
  if (out == NULL) return 1;
  for (int i = 0; i < 200; ++i) {
    char* const some = malloc(1 << 20);
    if (some == NULL) return 1;
    memset(some, i, 1 << 20);
    FILE* in = fopen("/proc/meminfo", "r");
    char line[128];
    while (in != NULL && fgets(line, sizeof line, in) != NULL) {
      if (strncmp(line, "MemFree:", 8) == 0) fputs(line, out);
    }
    if (in != NULL) fclose(in);
  }
  return fclose(out) == 0 ? 0 : 1;
}
