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
# Reads an input, says so, goes on reading until it is told that this is enough and for a while
# after that, and ends with a status of its own.
TRAINING = """
cat input >/dev/null; : >began-$0; i=0
while [ $i -lt 20 ]; do
  cat input >/dev/null || exit 9
  [ ! -e enough-$0 ] || i=$((i + 1))
done
echo result >result-$0; : >ended-$0; exit 7
"""


def start(project, token):
    process = project.start([REPRISE, "run", "--name", token, "--", "sh", "-c", TRAINING, token])
    wait_until(lambda: os.path.exists(os.path.join(project.folder, f"began-{token}")),
               f"{token} has begun")
    keepers = children(process.pid)
    check(len(keepers) == 1, f"the recorder has the children {keepers}")
    return process, keepers[0]


def let_end(project, token):
    with open(os.path.join(project.folder, f"enough-{token}"), "w", encoding="ascii"):
        pass


def ended(project, token):
    return os.path.exists(os.path.join(project.folder, f"ended-{token}"))


def run_of(project, token):
    project.wait_for_quiet()
    run = None

    def is_recorded():
        nonlocal run
        project.run("runs")  # Whoever comes by recovers what is left.
        run = project.json("show", token)["run"]
        return run["document"] is not None

    # The lock of a process that dies is held for a moment after its environment is gone.
    wait_until(is_recorded, f"{token} is recorded")
    return run


def attempt(project, token, victims):
    """Kills some of "recorder" and "keeper", and returns the run afterwards."""
    process, keeper = start(project, token)
    time.sleep(random.uniform(0, 0.1))
    for victim in victims:
        os.kill(process.pid if victim == "recorder" else keeper, signal.SIGKILL)
    let_end(project, token)
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
    let_end(project, "both")
    project.finish(process)
    run = run_of(project, "both")
    check(run["status"] == "lost", f"a run that nobody watched is {run['status']}")
    check(says_early_end(run), f"without both: {blind_spots(run)}")
    check(not is_alive(keeper), "the keeper lives on")


def kill_rerun(project):
    """The sandbox is gone with the recorder of a rerun: the files of this machine, which are those
    of the original, must not be taken for the results of the rerun."""
    command = "cat input >model; sleep 1"
    project.run("run", "--name", "original", "-o", "model", "--", "sh", "-c", command)
    process = project.start([REPRISE, "rerun", "original"])
    inbox = os.path.join(project.store, "inbox")
    wait_until(lambda: any(os.path.exists(os.path.join(inbox, run, "accesses"))
                           for run in os.listdir(inbox)) or process.poll() is not None,
               "the rerun is traced")
    time.sleep(0.3)
    if process.poll() is not None:
        print("SKIPPED: there is no sandbox here")
        return
    process.kill()
    project.finish(process)
    project.wait_for_quiet()
    project.run("runs")
    rerun = next(run for run in project.json("runs", "--limit", "0")["runs"]
                 if run["command"][-1] == command and run["name"] != "original")
    rerun = project.json("show", rerun["id"])["run"]
    check(rerun["outputs"] == [], f"outputs of a sandbox that is gone: {rerun['outputs']}")
    check(rerun["capture"]["level"] == "declared", f"{rerun['capture']}")
    check(any("what the command wrote there is lost" in text for text in rerun["warnings"]),
          f"{rerun['warnings']}")


def test_all(project):
    test(project)
    kill_both(project)
    kill_rerun(project)


if __name__ == "__main__":
    sys.exit(support.main(test_all))
