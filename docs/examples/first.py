from mini_isolate import IsolateError, MiniIsolate

with MiniIsolate(memory="64M", cpu_time=2) as box:
    result = box.execute("sum.py", stdin="tests/1.in")
    print(result["status"], result["stdout"], end="")
    try:
        box.run(["/bin/true"], memory="a lot")
    except IsolateError as error:
        print(error.kind, error.hint)
