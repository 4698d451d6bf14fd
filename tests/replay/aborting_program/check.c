// Stops at the first applicant over 75.
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

int main(void) {
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  FILE* in = fopen("data/loans.csv", "r");
  FILE* out = fopen("progress.txt", "w");
  if (in == NULL || out == NULL) return 1;
  char line[256];
  while (fgets(line, sizeof line, in) != NULL) {
    int id = 0, age = 0;
    if (sscanf(line, "%d,%d", &id, &age) != 2) continue;
    fprintf(out, "%d\n", id);
    fflush(out);
    if (age > 75) abort();
  }
  return 0;
}
