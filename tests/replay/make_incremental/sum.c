#include "sum.h"

int Sum(int n) { return n * (n + 1) / 2; }
