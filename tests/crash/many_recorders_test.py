#!/usr/bin/env python3
"""Sixteen recorders at once on one store, with readers and adds beside them: sixteen runs, and
nobody sees an error or waits without end."""

import os
import sys
import threading

import crash_support as support
from crash_support import REPRISE, TRAINER, check

RECORDERS = 16
ADDS = 8


def read_until(project, done, failures):
    """Reads in turn what readers read, until the recorders are done."""
    commands = [["runs"], ["status"], ["fsck"], ["runs", "--json"], ["show", "@last"]]
    turn = 0
    while not done.is_set():
        command = commands[turn % len(commands)]
        turn += 1
        status, out, err = project.finish(project.start([REPRISE, *command]))
        # 3: there is no last run yet.
        if status != 0 and not (status == 3 and command[0] == "show"):
            failures.append(f"`reprise {' '.join(command)}` exited with {status}: {out}{err}")
            return


def test(project):
    failures = []
    done = threading.Event()
    readers = [threading.Thread(target=read_until, args=(project, done, failures))
               for _ in range(2)]
    saids = [support.Said(project.said_folder, f"r{number:02d}") for number in range(RECORDERS)]
    recorders = [project.start([REPRISE, "run", "-n", said.token, "--", TRAINER,
                                project.said_folder, said.token, "100", "3", "500"])
                 for said in saids]
    for reader in readers:
        reader.start()
    adds = []
    for number in range(ADDS):
        path = os.path.join(project.said_folder, f"data{number}")
        with open(path, "wb") as file:
            file.write(support.content_of(f"data{number}"))
        adds.append(project.start([REPRISE, "add", path]))
    try:
        for process in recorders + adds:
            status, _, err = project.finish(process)
            check(status == 0, f"{process.args[:6]} exited with {status}: {err}")
    finally:
        done.set()
        for reader in readers:
            reader.join()
    check(not failures, "; ".join(failures))
    project.wait_for_quiet()
    runs = support.check_store(project, saids)
    names = sorted(run["name"] for run in runs.values())
    check(names == [said.token for said in saids], f"the runs are {names}")
    for run in runs.values():
        check(run["status"] == "finished", f"run {run['name']} is {run['status']}")
        check(not run["warnings"], f"run {run['name']} has warnings: {run['warnings']}")
        check(sum(metric["count"] for metric in run["metrics"].values()) == 3 * 100 + 20,
              f"run {run['name']} has lost points")
    datasets = [e for e in project.json("ledger", "show")["entries"] if e["kind"] == "dataset"]
    check(len(datasets) == ADDS, f"{len(datasets)} of {ADDS} adds are in the ledger")


if __name__ == "__main__":
    sys.exit(support.main(test))
