// The sum of 1 to n.
int Sum(int n);
