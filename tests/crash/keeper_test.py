#!/usr/bin/env python3
"""Kills the keeper before each of its calls in turn: a command that was started is a run in the
store, whatever its keeper could still say, and one that was not has left nothing."""

import os
import signal
import sys

import crash_support as support
from crash_support import REPRISE, check

CALLS_MAX = 60  # More than a keeper makes; the test ends at the first call that is not reached.


def attempt(project, call):
    """Whether a process was killed before its call of this number."""
    started = os.path.join(project.root, f"started-{call}")
    tally = os.path.join(project.root, f"{call}.tally")
    process = project.start([REPRISE, "run", "--", "sh", "-c", ': > "$0"; echo said', started],
                            ("fork", call, tally))
    status, _, err = project.finish(process)
    project.wait_for_quiet()
    check(status in (0, 125, 128 + signal.SIGKILL), f"call {call}: exit status {status}: {err}")
    runs = project.json("runs", "--limit", "0")["runs"]
    mine = [run for run in runs if started in run["command"]]
    if os.path.exists(started):
        check(len(mine) == 1, f"call {call}: the command ran, and its run is lost")
        check(mine[0]["status"] != "running", f"call {call}: the run never ended")
    left = os.listdir(os.path.join(project.store, "inbox"))
    check(not left, f"call {call}: the inbox holds {left}")
    return os.path.exists(tally)


def test(project):
    for call in range(1, CALLS_MAX):
        if not attempt(project, call):
            check(call > 5, f"a keeper makes more than {call - 1} calls")
            print(f"killed before each of {call - 1} calls")
            return
    raise support.Failure(f"a keeper makes less than {CALLS_MAX} calls")


if __name__ == "__main__":
    sys.exit(support.main(test))
