n = int(input())
double = 0
for _ in range(n):
    double += 2
print(double)
