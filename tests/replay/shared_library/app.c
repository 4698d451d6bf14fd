#include <stdio.h>

double Score(int age);

int main(void) {
  FILE* out = fopen("score.txt", "w");
  if (out == NULL) return 1;
  fprintf(out, "%.17g\n", Score(30));
  return fclose(out) == 0 ? 0 : 1;
}
