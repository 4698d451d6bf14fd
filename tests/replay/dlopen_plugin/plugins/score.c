// What the host loads.
double score(int age) { return 1.0 / (1.0 + 0.03 * age); }
