"""Commands that end: by themselves, at a limit, or with whoever started them."""

import ctypes
import os
import signal
import subprocess
import threading
import time

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


_starting = threading.Lock()  # Held while a command is started.
_is_over = False  # Nothing is started any more.


class CommandError(Exception):
    """A command that could not be started, did not end, or ended as it should not."""


class Finished:
    """How a command ended, and what it printed."""

    def __init__(self, status, out, err):
        self.status = status  # 128 + signal for a signal, as in a shell.
        self.out = out
        self.err = err

    def last_words(self):
        text = (self.err or self.out).decode("utf-8", "replace").strip()
        return text.splitlines()[-1] if text else "it said nothing"


def adopt_orphans():
    """Makes whatever loses its parent a child of this process, so that it can be found."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _parents():
    """The parent of every process, by id."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    parents[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:
                pass  # It ended in the meantime.
    return parents


def end_descendants():
    """Kills whatever this process and its children have started and still runs, for good: a thread
    that takes what was killed for ended would start the next command."""
    global _is_over
    with _starting:
        _is_over = True
    for _ in range(10):  # What is killed may just have started another.
        parents = _parents()
        found = {os.getpid()}
        while True:
            more = {process for process, parent in parents.items()
                    if parent in found and process not in found}
            if not more:
                break
            found |= more
        found.discard(os.getpid())
        if not found:
            return
        for process in found:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.02)


def end_group(process):
    """Kills a process that leads its own group, and the group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def start(command, cwd, env, umask="022", **streams):
    """Starts a command as the leader of a session, without standard input."""
    with _starting:
        if _is_over:
            raise CommandError(f"{command[0]} was not started, as this program ends")
        try:
            return subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                                    start_new_session=True, umask=int(umask, 8), **streams)
        except OSError as error:
            raise CommandError(f"cannot start {command[0]}: {error.strerror}") from None


def finish(command, cwd, env, seconds_max, umask="022"):
    """Runs a command to its end.  Raises CommandError at the limit."""
    process = start(command, cwd, env, umask, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = process.communicate(timeout=seconds_max)
    except subprocess.TimeoutExpired:
        raise CommandError(f"{command[0]} did not end within {seconds_max} s") from None
    finally:
        if process.returncode is None:
            end_group(process)
    status = process.returncode
    return Finished(status if status >= 0 else 128 - status, out, err)
