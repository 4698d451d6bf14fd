// Counts the letters e.
#include <stdio.h>

int main(void) {
  FILE* in = fopen("data/minutes.txt", "r");
  FILE* out = fopen("answer.txt", "w");
  if (in == NULL || out == NULL) return 1;
  int count = 0;
  for (int c = getc(in); c != EOF; c = getc(in)) count += c == 'e';
  fprintf(out, "%d\n", count);
  return fclose(out) == 0 ? 0 : 1;
}
