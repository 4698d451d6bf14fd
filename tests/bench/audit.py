"""The part `audit` of scripts/bench: a bundle with a thousand ancestors, made and checked."""

import glob
import itertools
import os
import shutil
import sys

from measure import Row, interleave, output_of, run, show_bytes, show_seconds, size_of, timed

ANCESTORS = 1000
SECONDS_MAX = 2.0


def measure(context):
    project = os.path.join(context.folder, "chain")
    output_of([context.built("tests/bench/graph_store"), "chain", project, str(ANCESTORS + 1)])
    bundle, copy = (os.path.join(context.folder, name) for name in ("bundle", "copy"))
    export = [context.tool, "--store", project, "audit", "export", "@last", "-o"]
    verify = [sys.executable, "-B", os.path.join(bundle, "verify.py"), bundle]
    run(export + [bundle])
    rounds = context.pick(9, 3)
    # Each into a folder of its own: ext4 takes long to find room among what was just deleted.
    folders = (f"{copy}-{number}" for number in itertools.count())
    made = interleave({"folder": lambda: run(export + [next(folders)]),
                       "cp": lambda: run(["cp", "-r", bundle, next(folders)])}, rounds)
    checked = interleave({"audit verify": timed([context.tool, "audit", "verify", bundle]),
                          "verify.py": timed(verify)}, rounds)
    files = sum(len(names) for _, _, names in os.walk(bundle))
    what = f"a run with {ANCESTORS:,} ancestors ({files:,} files, {show_bytes(size_of(bundle))})"
    target = f"≤ {show_seconds(SECONDS_MAX)}"
    yield Row(f"`audit export` of {what}", show_seconds(made["folder"]),
              f"`cp -r` of it {show_seconds(made['cp'])}", "", target,
              made["folder"] <= SECONDS_MAX)
    for name, seconds in checked.items():
        yield Row(f"`{name}` of it", show_seconds(seconds), "", "", target, seconds <= SECONDS_MAX)
    for path in [project, bundle, *glob.glob(f"{copy}-*")]:
        shutil.rmtree(path)
