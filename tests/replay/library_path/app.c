#include <stdio.h>

int Version(void);

int main(void) {
  FILE* out = fopen("version.txt", "w");
  if (out == NULL) return 1;
  fprintf(out, "%d\n", Version());
  return fclose(out) == 0 ? 0 : 1;
}
