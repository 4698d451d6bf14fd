// Asks the plugin for the score of ten applicants.
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  void* plugin = dlopen(argv[1], RTLD_NOW);
  if (plugin == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  double (*score)(int) = (double (*)(int))dlsym(plugin, "score");
  FILE* out = fopen(argv[2], "w");
  if (score == NULL || out == NULL) return 1;
  for (int age = 20; age < 70; age += 5) fprintf(out, "%d %.17g\n", age, score(age));
  return fclose(out) == 0 ? 0 : 1;
}
