"""A process that runs commands of fxtrack in children of its own, in each of which the n-th call of a kind fails.

``LD_PRELOAD=faults.so FAULTS=plan python faulty.py``: reads one JSON object a line from standard input and answers
with the exit code, the number of calls and the seconds that it took. The modules are loaded once, so a command takes no
longer than its work, and the calls that count are its own.
"""

import gc
import importlib
import json
import os
import pkgutil
import signal
import struct
import sys
import tempfile
import threading
import time
import traceback
from typing import Any

import fxtrack

LIBRARIES = ("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "polars", "pyarrow")
PLAN = struct.Struct("iiqq4096s")


def main() -> None:
    """Serve until standard input ends."""
    ours = [module.name for module in pkgutil.walk_packages(fxtrack.__path__, "fxtrack.")]
    for name in (*LIBRARIES, *ours):
        if name != "fxtrack.__main__":
            importlib.import_module(name)
    tempfile.gettempdir()  # Python tries the folder with an empty file of its own, which a kill would leave
    gc.freeze()  # else each child looks through, and so copies, all objects of the modules
    plan = os.open(os.environ["FAULTS"], os.O_RDWR)
    for line in sys.stdin:
        asked = json.loads(line)
        os.pwrite(plan, bytes(PLAN.size), 0)
        begun = time.monotonic()
        child = os.fork()
        if not child:
            _run(plan, asked)
        ended = threading.Event()
        if asked["kill_after"] is not None:
            threading.Thread(target=_kill, args=(child, asked["kill_after"], ended)).start()
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # its number stays taken until nobody kills it any more
        ended.set()
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join()
        _, status = os.waitpid(child, 0)
        _, _, _, count, _ = PLAN.unpack(os.pread(plan, PLAN.size, 0))
        os.pwrite(plan, bytes(PLAN.size), 0)
        print(json.dumps([os.waitstatus_to_exitcode(status), count, time.monotonic() - begun]), flush=True)


def _kill(child: int, after: float, ended: threading.Event) -> None:
    if not ended.wait(after):
        os.kill(child, signal.SIGKILL)


def _run(plan: int, asked: dict[str, Any]) -> None:
    for descriptor, name in ((1, asked["out"]), (2, asked["err"])):
        opened = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, descriptor)
        os.close(opened)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.chdir(asked["folder"])
    os.pwrite(plan, PLAN.pack(asked["kinds"], asked["error"], asked["at"], 0, asked["root"].encode()), 0)
    code: Any = 99
    try:
        from fxtrack.cli.main import main as run

        run(asked["arguments"])
    except SystemExit as left:
        code = left.code
    except BaseException:  # noqa: BLE001 -- whatever leaves the command is the finding
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code if isinstance(code, int) else 98)


if __name__ == "__main__":
    main()
