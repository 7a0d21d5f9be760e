#!/usr/bin/python3
print(*sorted(input().split()))
