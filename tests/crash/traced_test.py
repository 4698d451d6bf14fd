#!/usr/bin/env python3
"""Kills the recorder, the keeper and both of traced runs at random moments: the training goes on to
its end, and its run says what was seen until then and where that ends."""

import os
import random
import signal
import sys
import time

import crash_support as support
from crash_support import REPRISE, check, children, is_alive, wait_until

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "3"))
# Reads an input, says so, goes on reading for a while, and ends with a status of its own.
TRAINING = """
cat input >/dev/null; : >began-$0; i=0
while [ $i -lt 60 ]; do cat input >/dev/null || exit 9; i=$((i + 1)); done
echo result >result-$0; : >ended-$0; exit 7
"""


def start(project, token):
    process = project.start([REPRISE, "run", "--name", token, "--", "sh", "-c", TRAINING, token])
    wait_until(lambda: os.path.exists(os.path.join(project.folder, f"began-{token}")),
               f"{token} has begun")
    keepers = children(process.pid)
    check(len(keepers) == 1, f"the recorder has the children {keepers}")
    return process, keepers[0]


def ended(project, token):
    return os.path.exists(os.path.join(project.folder, f"ended-{token}"))


def run_of(project, token):
    project.wait_for_quiet()
    project.run("runs")  # Whoever comes by recovers what is left.
    return project.json("show", token)["run"]


def attempt(project, token, victims):
    """Kills some of "recorder" and "keeper", and returns the run afterwards."""
    process, keeper = start(project, token)
    time.sleep(random.uniform(0, 0.1))
    for victim in victims:
        os.kill(process.pid if victim == "recorder" else keeper, signal.SIGKILL)
    project.finish(process)
    wait_until(lambda: ended(project, token), f"{token} has ended by itself")
    return run_of(project, token)


def blind_spots(run):
    return run["capture"]["blind_spots"]


def says_early_end(run):
    return any("ended early" in spot or "torn" in spot for spot in blind_spots(run))


def inputs(run):
    return [use["path"] for use in run["inputs"]]


def test(project):
    with open(os.path.join(project.folder, "input"), "w", encoding="ascii") as file:
        file.write("data\n")
    with open(os.path.join(project.folder, ".gitignore"), "w", encoding="ascii") as file:
        file.write("input\n")
    whole = attempt(project, "whole", [])
    if whole["capture"]["tracer"] != "seccomp":
        print(f"SKIPPED: runs are traced by {whole['capture']['tracer']} here")
        return
    check(whole["exit_code"] == 7 and not says_early_end(whole), f"untouched: {whole}")
    for number in range(ROUNDS):
        run = attempt(project, f"recorder-{number}", ["recorder"])
        check(run["exit_code"] == 7, f"without a recorder the run ended with {run['exit_code']}")
        check(run["capture"]["level"] == "sealed", f"{run['capture']}")
        check(not says_early_end(run), f"the keeper traced to the end: {blind_spots(run)}")
        check("input" in inputs(run), f"what was read is lost: {inputs(run)}")
        run = attempt(project, f"keeper-{number}", ["keeper"])
        check(says_early_end(run), f"without a keeper: {blind_spots(run)}")
        check("input" in inputs(run), f"what was read is lost: {inputs(run)}")
    project.run("fsck", "--read-data")


def kill_both(project):
    """Nobody answers any more: the kernel fails the calls of the training, which is documented."""
    process, keeper = start(project, "both")
    os.kill(keeper, signal.SIGKILL)
    os.kill(process.pid, signal.SIGKILL)
    project.finish(process)
    run = run_of(project, "both")
    check(run["status"] == "lost", f"a run that nobody watched is {run['status']}")
    check(says_early_end(run), f"without both: {blind_spots(run)}")
    check(not is_alive(keeper), "the keeper lives on")


def test_all(project):
    test(project)
    kill_both(project)


if __name__ == "__main__":
    sys.exit(support.main(test_all))
