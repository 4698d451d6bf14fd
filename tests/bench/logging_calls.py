"""Part of scripts/bench: what one logged point costs the training."""

import json
import os
import shutil

from measure import Row, interleave, output_of, show_all, show_seconds


def own_benchmark(context, folder):
    """Runs the Google Benchmark; name -> (seconds per call, calls per second)."""
    command = [context.built("tests/bench/log_metric_bench"), "--benchmark_format=json",
               "--benchmark_filter=OneKey"]
    report = json.loads(output_of(command, env=dict(os.environ, REPRISE_BENCH_DIR=folder)))
    return {("two" if "threads:2" in entry["name"] else "one"): entry
            for entry in report["benchmarks"]}


def measure(context):
    folder = os.path.join(context.folder, "logging")
    os.makedirs(folder)
    own = []

    def reprise():
        own.append(own_benchmark(context, folder))
        return own[-1]["one"]["real_time"] * 1e-9

    cases = {"reprise": reprise}
    python = context.trackers()
    for name, what, calls in (("MLflow log_metric", "mlflow-log", context.pick(500, 100)),
                              ("MLflow log_batch", "mlflow-batch", context.pick(20_000, 5_000)),
                              ("Aim track", "aim-track", context.pick(20_000, 5_000))):
        if what.split("-")[0] in context.tracker_versions:
            cases[name] = context.tracker_case(python, what, folder, calls)
    seconds = interleave(cases, context.pick(5, 3))
    ours = seconds.pop("reprise")
    nearest = f"{min(seconds.values()) / ours:,.0f}× faster than the nearest" if seconds else ""
    missing = "; ".join(context.tracker_problems)
    yield Row("`log_metric`, one thread, per call", show_seconds(ours),
              "; ".join(filter(None, [show_all(seconds, show_seconds), missing])), nearest,
              "≤ 60 ns", ours <= 60e-9)
    rates = sorted(run["two"]["items_per_second"] for run in own)
    rate = rates[len(rates) // 2]
    yield Row("`log_metric`, two threads together", f"{rate / 1e6:.1f} M points/s", "", "",
              "≥ 10 M points/s", rate >= 10e6)
    shutil.rmtree(folder)
