long long solve(const long long *numbers, int count);
