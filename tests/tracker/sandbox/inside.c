// What a sandbox runs in tests.  Linked statically: its root folder may hold nothing else.
//
//   inside true          ends with 0
//   inside capabilities  writes the capability lines of /proc/self/status

#include <stdio.h>
#include <string.h>

int main(int count, char** arguments) {
  if (count == 2 && strcmp(arguments[1], "true") == 0) return 0;
  if (count == 2 && strcmp(arguments[1], "capabilities") == 0) {
    FILE* status = fopen("/proc/self/status", "r");
    char line[256];
    if (status == NULL) return 1;
    while (fgets(line, sizeof line, status) != NULL) {
      if (strncmp(line, "Cap", 3) == 0) fputs(line, stdout);
    }
    fclose(status);
    return fflush(stdout) == 0 ? 0 : 1;
  }
  return 2;
}
