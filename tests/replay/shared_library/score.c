double Score(int age) { return 3.5 / age; }
