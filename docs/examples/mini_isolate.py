"""A client of mini-isolate in the standard library alone: a box, runs in it, errors that are no verdicts."""
import json, os, pathlib, subprocess, tempfile


class IsolateError(Exception):
    """What mini-isolate could not do. It says nothing about the program. `kind` is Config, LockBusy, Io, Cgroup or Process."""

    def __init__(self, kind, message, hint=None, exit_code=5):
        super().__init__(message)
        self.kind, self.hint, self.exit_code = kind, hint, exit_code


class MiniIsolate:
    """A box with the limits of `mini-isolate init`: MiniIsolate(memory="64M", cpu_time=2). The end of `with` removes it."""

    def __init__(self, box_id=None, binary=os.environ.get("MINI_ISOLATE", "mini-isolate"), **limits):
        self.binary, self.box_id = binary, box_id or f"py-{os.getpid()}-{id(self)}"
        self.workdir = pathlib.Path(self._call("init", *self._flags(limits)).strip())

    def run(self, command, stdin=None, stdout=None, **flags):
        """Runs a list of words. `stdin` is bytes or a path, `stdout` a path: large data never passes through this process."""
        return self._run(["run"], stdin, stdout, flags, ["--", *command])

    def execute(self, source, stdin=None, stdout=None, **flags):
        """Compiles a source file if its language is compiled, and runs it."""
        return self._run(["execute"], stdin, stdout, {"source": source, **flags}, [])

    def cleanup(self):
        self._call("cleanup")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cleanup()

    def _run(self, verb, stdin, stdout, flags, rest):
        if stdout is not None:
            flags = {**flags, "stdout": stdout}
        if isinstance(stdin, (str, os.PathLike)):
            return json.loads(self._call(*verb, "--json", *self._flags({**flags, "input": stdin}), *rest))
        with tempfile.TemporaryFile() as given:
            given.write(stdin or b"")
            given.seek(0)
            return json.loads(self._call(*verb, "--json", *self._flags(flags), *rest, stdin=given))

    def _call(self, verb, *words, stdin=subprocess.DEVNULL):
        ended = subprocess.run([self.binary, verb, f"--box-id={self.box_id}", *words], stdin=stdin, capture_output=True, text=True)
        document = json.loads(ended.stdout) if ended.stdout.startswith("{") else {}
        if "error" in document:
            error = document["error"]
            raise IsolateError(error["kind"], error["message"], error["hint"], error["exit_code"])
        if not document and ended.returncode != 0:  # 0 to 6 are verdicts, where there is a result
            message, _, hint = ended.stderr.strip().removeprefix("mini-isolate: ").partition("\nhint: ")
            raise IsolateError({64: "Config", 75: "LockBusy"}.get(ended.returncode, "Process"), message, hint or None, ended.returncode)
        return ended.stdout

    def _flags(self, given):  # memory="64M" is --memory=64M, no_cache=True is --no-cache
        named = [("--" + name.replace("_", "-"), value) for name, value in given.items() if value not in (None, False)]
        return [name if value is True else f"{name}={value}" for name, value in named]
