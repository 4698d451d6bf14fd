"""Part of scripts/bench: comparing two versions of a large folder, beside git and diff."""

import json
import os
import shutil
import subprocess
import time

from commands import make_small_files
from measure import (Row, interleave, output_of, run, run_with_peak, show_all, show_bytes,
                     show_seconds)

CHANGED = 10
SECONDS_MAX = 0.2
MEMORY_BYTES_MAX = 256 << 20


def change(folder, count, in_each):
    """Gives ten files other content; each is replaced, so that a hard link keeps the old one."""
    for number in range(0, count, count // CHANGED):
        path = os.path.join(folder, f"{number // in_each:06}", f"file{number:07}")
        os.remove(path)
        with open(path, "w", encoding="ascii") as file:
            file.write("changed\n")


def differs(command, folder):
    """A case for interleave(): the seconds of a command that ends with 1, for "they differ"."""
    def measure():
        os.sync()
        start = time.perf_counter()
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        seconds = time.perf_counter() - start
        if done.returncode != 1:
            raise RuntimeError(f"{command[:3]} ended with {done.returncode}: {done.stderr[-300:]}")
        return seconds
    return measure


def digest_of(tool, project, folder):
    added = output_of([tool, "--quiet", "--json", "add", folder], cwd=project)
    return json.loads(added)["artifacts"][0]["digest"]


def measure_shape(context, shape, in_each):
    count = context.file_count
    project = os.path.join(context.folder, "diff")
    before, after = os.path.join(project, "before"), os.path.join(project, "after")
    make_small_files(before, count, in_each)
    # Hard links, which git and diff know to be one file: what did not change costs them least.
    run(["cp", "--archive", "--link", before, after])
    change(after, count, in_each)
    run([context.tool, "init", project])
    digests = [digest_of(context.tool, project, folder) for folder in ("before", "after")]
    ours = [context.tool, "diff", *digests]
    told = json.loads(subprocess.run([*ours, "--json"], cwd=project, capture_output=True,
                                     check=False).stdout)
    found = told["diff"]["difference"]["changed"]
    if found != CHANGED:
        raise RuntimeError(f"reprise diff found {found} changed files, not {CHANGED}")
    seconds = interleave({
        "reprise": differs(ours, project),
        "git diff --no-index --stat": differs(["git", "diff", "--no-index", "--stat", before,
                                               after], project),
        "diff -rq": differs(["diff", "-rq", before, after], project)}, context.pick(5, 3))
    mine = seconds.pop("reprise")
    fastest = min(seconds.values())
    yield Row(f"`diff` of two folders of {count:,} files, {shape}, that differ in {CHANGED}",
              show_seconds(mine), show_all(seconds, show_seconds), f"{fastest / mine:.3g}×",
              f"≤ {show_seconds(SECONDS_MAX)}", mine <= SECONDS_MAX)
    # Its status of 1 is no failure here.
    _, peak_bytes = run_with_peak(["sh", "-c", '"$@" || [ $? -eq 1 ]', "sh", *ours],
                                  folder=project)
    yield Row(f"Memory of that `diff`, {shape}", show_bytes(peak_bytes), "", "", "≤ 256 MiB",
              peak_bytes <= MEMORY_BYTES_MAX)
    shutil.rmtree(project)


def measure(context):
    yield from measure_shape(context, "a thousand in each folder", 1000)
    yield from measure_shape(context, "all in one folder", context.file_count)
