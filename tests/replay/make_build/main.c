#include <stdio.h>

#include "sum.h"

int main(void) {
  printf("%d\n", Sum(100));
  return 0;
}
