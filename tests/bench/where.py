"""Part `where` of scripts/bench: finding runs among very many."""

import os
import shutil

from measure import Row, interleave, output_of, run, run_with_peak, show_bytes, show_seconds, timed

WHERE_MS_MAX = 100
MEMORY_BYTES_MAX = 256 << 20

# Options, and whether an index serves them.
QUERIES = {
    "--where 'params.seed = 4711'": True,
    "--where 'metrics.auc > 0.9899'": True,
    "--where 'metrics.auc > 0.98 and params.eta <= 0.02'": True,
    "--where \"name like 'brave-otter-4711%'\"": True,
    "--where \"tags.sweep in ('sweep-7', 'sweep-9')\"": True,
    "--where 'status != finished'": True,
    "-e rare-0": True,
    "--sort -metrics.auc": True,
    "-e credit --sort metrics.loss": True,
    "--since 2023-11-20 --where 'started < 2023-11-21'": True,
    "": True,
    "--where 'duration > 900 and host = node-3 and metrics.auc.max > 2'": False,
}

# The same questions, as MLflow asks them.
MLFLOW_QUERIES = {
    "--where 'params.seed = 4711'": "params.seed = '4711'",
    "--where 'metrics.auc > 0.9899'": "metrics.auc > 0.9899",
    "--where \"tags.sweep in ('sweep-7', 'sweep-9')\"": "tags.sweep = 'sweep-7'",
}


def store_bytes(project):
    catalog = os.path.join(project, ".reprise", "catalog")
    return sum(os.path.getsize(os.path.join(catalog, name)) for name in os.listdir(catalog))


def fill(context, project, count, how):
    """A store of `count` runs' rows; returns (seconds, bytes of its catalog)."""
    seconds = run([context.built("tests/bench/fill_store"), project, str(count), how])
    return seconds, store_bytes(project)


def measure(context):
    """Finding runs by what they are."""
    count = context.pick(1_000_000, 100_000)
    project = os.path.join(context.folder, "where")
    bare = os.path.join(context.folder, "where_unindexed")
    for folder in (project, bare):
        os.makedirs(folder)
    filled, size = fill(context, project, count, "rows")
    bare_filled, bare_size = fill(context, bare, count, "unindexed-rows")
    shutil.rmtree(bare)
    context.note(f"catalog of {count:,} runs: {show_bytes(size)} made in {show_seconds(filled)}; "
                 f"without the index {show_bytes(bare_size)} in {show_seconds(bare_filled)}")
    yield Row(f"Index of {count:,} runs, a run", f"{(size - bare_size) / count:.0f} bytes",
              f"the list row itself: {bare_size / count:.0f} bytes", "", "stated", True)
    tool = [context.tool, "--store", project, "runs"]
    cases = {query: timed(["sh", "-c", '"$@" ' + query, "sh"] + tool) for query in QUERIES}
    python = context.trackers()
    if "mlflow" in context.tracker_versions:
        folder = os.path.join(context.folder, "mlflow")
        os.makedirs(folder)
        context.tracker_case(python, "mlflow-bulk", folder, count)()
        for query, asked in MLFLOW_QUERIES.items():
            cases["mlflow " + query] = mlflow_case(context, python, folder, asked)
    seconds = interleave(cases, context.pick(7, 3))
    for query, served in QUERIES.items():
        beside = ""
        if "mlflow " + query in seconds:
            mlflow = seconds["mlflow " + query]
            beside = f"MLflow search_runs, warm: {show_seconds(mlflow)}"
        target = f"≤ {WHERE_MS_MAX} ms" if served else "a scan"
        yield Row(f"`runs {query}` on {count:,} runs", show_seconds(seconds[query]), beside, "",
                  target, not served or seconds[query] * 1e3 <= WHERE_MS_MAX)
    for options in (["--limit", "0"], ["--limit", "0", "--sort", "-metrics.auc"],
                    ["--where", "metrics.auc.max > 2"]):
        taken, peak = run_with_peak(tool + options)
        is_list = "0" in options
        yield Row(f"Memory of `runs {' '.join(options)}` on {count:,} runs", show_bytes(peak), "",
                  f"in {show_seconds(taken)}",
                  "≤ 256 MiB and 100 bytes a run" if is_list else "≤ 256 MiB",
                  peak <= MEMORY_BYTES_MAX + (100 * count if is_list else 0))
    shutil.rmtree(project)


def mlflow_case(context, python, folder, query):
    program = os.path.join(context.root, "tests", "bench", "trackers.py")
    command = [python, program, "mlflow-find", folder, "3", query]
    return lambda: float(output_of(command).splitlines()[-1])
