import sys

print("Hello from Python:", sum(int(word) for word in sys.stdin.read().split()))
