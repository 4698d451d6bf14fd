// Counts the words of a text: one line for each, in the order of their first appearance.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kWordsMax = 1000, kLengthMax = 64 };

static char words[kWordsMax][kLengthMax];
static int counts[kWordsMax];

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  FILE* in = fopen(argv[1], "r");
  FILE* out = fopen(argv[2], "w");
  if (in == NULL || out == NULL) return 1;
  char word[kLengthMax];
  int known = 0;
  while (fscanf(in, "%63s", word) == 1) {
    int i = 0;
    while (i < known && strcmp(words[i], word) != 0) ++i;
    if (i == kWordsMax) return 1;
    if (i == known) strcpy(words[known++], word);
    ++counts[i];
  }
  for (int i = 0; i < known; ++i) fprintf(out, "%d %s\n", counts[i], words[i]);
  return fclose(out) == 0 ? 0 : 1;
}
