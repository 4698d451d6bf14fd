"""Part of scripts/bench: the lineage graph at the size of years of runs, beside ML Metadata."""

import json
import os
import shutil
import subprocess

from measure import Row, interleave, output_of, show_bytes, show_seconds, size_of, timed

INGEST_RUNS_PER_SECOND = 20_000
INGEST_RATIO = 100
WALK_SECONDS_MAX = 0.050
WALK_RATIO = 100
HOP_SECONDS_MAX = 0.005
PROCESS_SECONDS_MAX = 0.060
MEMORY_BYTES_MAX = 256 << 20
# Questions that walk most of the graph, whatever they show.
WHOLE_GRAPH = {"models below a popular library", "how much is below a popular library"}
SINGLY = 1000  # Runs that ML Metadata takes in one by one: more would take hours.


def store_program(context):
    return context.built("tests/bench/graph_store")


def make_store(context, runs):
    """A store of `runs` runs; returns its project folder and what graph_store said."""
    project = os.path.join(context.folder, f"graph-{runs}")
    made = json.loads(output_of([store_program(context), "make", project, str(runs)]))
    return project, made


def mlmd_python(context):
    """The Python of a virtual environment with ML Metadata; None, with a note, without it."""
    folder = os.path.join(context.build, "mlmd")
    python = os.path.join(folder, "bin", "python3")
    if not os.path.exists(python):
        subprocess.run(["python3", "-m", "venv", folder], check=True)
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                           "ml-metadata==1.17.1"], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return python
    said = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
    context.note(f"ml-metadata could not be installed: {said}")
    return None


def mlmd_fill(context, python, runs, what):
    """Takes the graph of `runs` runs into ML Metadata; returns the database and what it said."""
    database = os.path.join(context.folder, f"mlmd-{what}-{runs}.db")
    program = os.path.join(context.root, "tests", "bench", "mlmd.py")
    edges = subprocess.run([store_program(context), "edges", str(runs)], check=True,
                           capture_output=True).stdout
    filled = subprocess.run([python, program, what, database], input=edges, check=True,
                            capture_output=True)
    return database, json.loads(filled.stdout)


def ingest_rows(context, runs, project, made, python):
    rate = runs / made["seconds"]
    beside, ratio = "", ""
    passed = rate >= INGEST_RUNS_PER_SECOND
    if python is not None and runs <= 100_000:
        _, batch = mlmd_fill(context, python, runs, "fill")
        _, single = mlmd_fill(context, python, SINGLY, "fill-singly")
        rates = {"in batches": runs / batch["seconds"], "one by one": SINGLY / single["seconds"]}
        beside = "ML Metadata " + ", ".join(f"{name} {value:,.0f} runs/s"
                                            for name, value in rates.items())
        ratio = ", ".join(f"{rate / value:,.0f} ×" for value in rates.values())
        passed = passed and rate / rates["in batches"] >= INGEST_RATIO  # The same graph, all of it.
    yield Row(f"Ingest of {runs:,} runs, {made['edges']:,} edges", f"{rate:,.0f} runs/s", beside,
              ratio, f"≥ {INGEST_RUNS_PER_SECOND:,} runs/s, ≥ {INGEST_RATIO} ×", passed)
    yield Row(f"Memory of that, {runs:,} runs", show_bytes(made["peak_bytes"]))
    catalog = size_of(os.path.join(project, ".reprise", "catalog"))
    whole = size_of(os.path.join(project, ".reprise"))
    yield Row(f"Catalog of {runs:,} runs", show_bytes(catalog), "",
              f"{catalog / runs:,.0f} B a run, {catalog / made['edges']:,.0f} B an edge; the whole "
              f"store {whole / runs:,.0f} B a run")


def ask_rows(context, runs, project, python):
    answers = json.loads(output_of([store_program(context), "ask", project, str(runs)]))
    for answer in answers["answers"]:
        is_hop = "one hop" in answer["question"]
        limit = HOP_SECONDS_MAX if is_hop else WALK_SECONDS_MAX
        beside, ratio = "", ""
        passed, target = answer["seconds"] <= limit, f"≤ {show_seconds(limit)}"
        if answer["question"] in WHOLE_GRAPH:
            passed, target = None, ""
        is_beside = answer["question"] == "10,000 nodes below a popular dataset"
        if python is not None and runs == 10_000 and is_beside:
            database, _ = mlmd_fill(context, python, runs, "fill")
            program = os.path.join(context.root, "tests", "bench", "mlmd.py")
            other = json.loads(output_of([python, program, "ask", database]))
            per_node = other["seconds"] / max(other["nodes"], 1)
            ours = answer["seconds"] / max(answer["nodes"], 1)
            beside = (f"ML Metadata {show_seconds(other['seconds'])} for "
                      f"{other['nodes']:,} nodes")
            ratio = f"{per_node / ours:,.0f} × a node"
            passed = passed and per_node / ours >= WALK_RATIO
            target += f", ≥ {WALK_RATIO} ×"
        yield Row(f"{answer['question']}, {runs:,} runs: {answer['nodes']:,} nodes, "
                  f"{answer['edges']:,} edges",
                  f"{show_seconds(answer['seconds'])} (first: "
                  f"{show_seconds(answer['first_seconds'])})", beside, ratio,
                  target, passed)
    yield Row(f"Memory of all these, {runs:,} runs", show_bytes(answers["peak_bytes"]), "", "",
              f"≤ {show_bytes(MEMORY_BYTES_MAX)}", answers["peak_bytes"] <= MEMORY_BYTES_MAX)


def process_row(context, runs, project):
    # A store of a million runs has no names; the newest run is named by @last.
    command = [context.tool, "--store", project, "lineage", "up", "@last", "--depth", "1", "--json"]
    seconds = interleave({"up": timed(command)}, context.pick(15, 5))["up"]
    return Row(f"`lineage up @last --depth 1`, process and all, {runs:,} runs",
               show_seconds(seconds), "", "", f"≤ {show_seconds(PROCESS_SECONDS_MAX)}",
               seconds <= PROCESS_SECONDS_MAX)


def measure(context):
    """Stores of three sizes, one after the other."""
    python = mlmd_python(context)
    for runs in context.pick((10_000, 100_000, 1_000_000), (10_000,)):
        project, made = make_store(context, runs)
        yield from ingest_rows(context, runs, project, made, python)
        yield from ask_rows(context, runs, project, python)
        yield process_row(context, runs, project)
        shutil.rmtree(project)
