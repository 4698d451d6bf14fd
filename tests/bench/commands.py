"""Parts of scripts/bench: the cost of a run, lists of many runs, and memory."""

import json
import os
import random
import shutil

from measure import (Row, interleave, output_of, run, run_with_peak, show_all, show_bytes,
                     show_seconds, timed)

RUN_MS_MAX = 60
LIST_MS_MAX = 100
MEMORY_BYTES_MAX = 256 << 20


def make_git_project(folder, files):
    """A repository of `files` committed text files in ten folders."""
    for number in range(files):
        parent = os.path.join(folder, f"package_{number % 10}")
        os.makedirs(parent, exist_ok=True)
        with open(os.path.join(parent, f"module_{number}.py"), "w", encoding="utf-8") as file:
            file.write("".join(f"value_{line} = {number * line}\n" for line in range(40)))
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Begin"]):
        run(git + arguments, folder=folder)


def measure_run(context):
    """`reprise run -- true` beside `true`."""
    python = context.trackers()
    for what, files in (("folder without Git", 0), ("Git repository of 1000 files", 1000)):
        folder = os.path.join(context.folder, "project")
        os.makedirs(folder)
        if files > 0:
            make_git_project(folder, files)
        run([context.tool, "init", folder])
        command = [context.tool, "--quiet", "run", "--", "true"]
        run(command, folder=folder)  # The first run reads code and environment; later ones know.
        cases = {"reprise": timed(command, folder=folder), "true": timed(["true"])}
        if files == 0 and "mlflow" in context.tracker_versions:
            cases["MLflow run in a warm process"] = context.tracker_case(
                python, "mlflow-run", folder)
        seconds = interleave(cases, context.pick(31, 11))
        extra_ms = (seconds.pop("reprise") - seconds.pop("true")) * 1e3
        yield Row(f"`run -- true` minus `true`, {what}", f"{extra_ms:.1f} ms",
                  show_all(seconds, show_seconds), "", f"≤ {RUN_MS_MAX} ms",
                  extra_ms <= RUN_MS_MAX)
        shutil.rmtree(folder)


def measure_runs(context):
    """Lists of many runs."""
    count = context.pick(100_000, 10_000)
    project = os.path.join(context.folder, "many")
    filled = run([context.built("tests/bench/fill_store"), project, str(count)])
    context.note(f"store of {count:,} runs, made in {show_seconds(filled)}")
    tool = [context.tool, "--store", project]
    where = ["runs", "--where", "metrics.auc > 0.98 and params.eta <= 0.02"]  # Some twenty.
    commands = {"runs": (["runs"], LIST_MS_MAX),
                "runs --where …": (where, 1000),
                "runs --sort -metrics.auc": (["runs", "--sort", "-metrics.auc"], 1000),
                "show @last": (["show", "@last"], LIST_MS_MAX),
                "show credit@max:auc": (["show", "credit@max:auc"], 1000),
                "experiments": (["experiments"], 1000), "status": (["status"], 1000)}
    cases = {name: timed(tool + arguments) for name, (arguments, _) in commands.items()}
    searched = 1000
    python = context.trackers()
    if "mlflow" in context.tracker_versions:
        folder = os.path.join(context.folder, "mlflow")
        os.makedirs(folder)
        context.tracker_case(python, "mlflow-fill", folder, searched)()
        cases["mlflow"] = context.tracker_case(python, "mlflow-search", folder, 5)
    seconds = interleave(cases, context.pick(7, 3))
    mlflow = seconds.pop("mlflow", None)
    for name, (_, ms_max) in commands.items():
        beside = ""
        if "--where" in name and mlflow is not None:
            beside = f"MLflow search_runs on {searched:,} runs, warm: {show_seconds(mlflow)}"
        yield Row(f"`{name}` on {count:,} runs", show_seconds(seconds[name]), beside, "",
                  f"≤ {ms_max} ms", seconds[name] * 1e3 <= ms_max)
    shutil.rmtree(project)


def make_large_file(path, size_bytes, random_bytes):
    """A file of holes, with `random_bytes` of noise in stretches of 16 MiB spread over it."""
    stretch = 16 << 20
    source = random.Random(1)
    with open(path, "wb") as file:
        file.truncate(size_bytes)
        stretches = random_bytes // stretch
        for number in range(stretches):
            file.seek(number * (size_bytes // stretches))
            file.write(source.randbytes(stretch))


def make_small_files(folder, count, in_each=1000):
    """`count` files of a few bytes, `in_each` in each folder below."""
    for start in range(0, count, in_each):
        below = os.path.join(folder, f"{start // in_each:06}")
        os.makedirs(below)
        for number in range(start, min(start + in_each, count)):
            with open(os.path.join(below, f"file{number:07}"), "w", encoding="ascii") as file:
                file.write(f"{number}\n")


def measure_memory(context):
    """The most memory that a command holds, with one very large file and with very many files."""
    yield from measure_memory_of_size(context, context.file_bytes)
    yield from measure_memory_of_count(context, context.file_count)


def peak_row(name, what, tool, arguments, project):
    seconds, peak_bytes = run_with_peak([tool, "--quiet"] + arguments, folder=project)
    return Row(f"Memory of `{name}`, {what}", show_bytes(peak_bytes), "",
               f"in {show_seconds(seconds)}", "≤ 256 MiB", peak_bytes <= MEMORY_BYTES_MAX)


def measure_memory_of_size(context, size):
    project = os.path.join(context.folder, "large")
    os.makedirs(project)
    make_large_file(os.path.join(project, "large.bin"), size, size // 2)
    run([context.tool, "init", project])
    commands = (
        ("add", ["add", "large.bin"]),
        ("run -o", ["run", "-o", "copy.bin", "--", "cp", "--sparse=always", "large.bin",
                    "copy.bin"]),
        ("restore", ["restore", "@last", "restored", "--only", "outputs"]),
        ("cat", ["cat", "@last:copy.bin"]),
        ("fsck --read-data", ["fsck", "--read-data"]))
    for name, arguments in commands:
        yield peak_row(name, f"file of {show_bytes(size)}", context.tool, arguments, project)
        if name == "restore":
            shutil.rmtree(os.path.join(project, "restored"))
    shutil.rmtree(project)


def measure_memory_of_count(context, count):
    project = os.path.join(context.folder, "many")
    make_small_files(os.path.join(project, "files"), count)
    run([context.tool, "init", project])
    what = f"{count:,} files"
    yield peak_row("add", what, context.tool, ["add", "files"], project)
    yield peak_row("add (again)", what, context.tool, ["add", "files"], project)
    added = json.loads(output_of([context.tool, "--json", "--quiet", "add", "files"], cwd=project))
    restore = ["restore", added["artifacts"][0]["digest"], "restored"]
    yield peak_row("restore", what, context.tool, restore, project)
    shutil.rmtree(project)
