# Shows its arguments: mini-isolate execute args.py -x "a b"
import sys

print(sys.argv[1:])
