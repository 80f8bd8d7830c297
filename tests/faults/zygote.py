"""Makes processes quickly: imports what is heavy once, then forks for each piece of code it is told to run.

Each line on stdin is JSON, {code, arguments, log}; the pid of the fork is printed. `wait` waits for the last one and
prints its exit code (-n: ended by signal n).
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback


def run(code: str, arguments: list[str], log: str) -> int:
    os.setsid()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, out), (2, out)):
        os.dup2(source, target)
    sys.argv = ["zygote", *arguments]
    try:
        exec(compile(code, "<fault>", "exec"), {"__name__": "__fault__"})
    except SystemExit as asked:
        return asked.code if isinstance(asked.code, int) else int(asked.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    for module in sys.argv[1:]:
        importlib.import_module(module)
    pid = 0
    print("ready", flush=True)
    for line in iter(sys.stdin.readline, ""):
        if line.strip() == "wait":
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            code = run(**json.loads(line))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code & 0xFF)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
