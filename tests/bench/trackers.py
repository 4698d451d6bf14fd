"""What other trackers take, measured inside their own Python; for scripts/bench.

  trackers.py mlflow-log FOLDER CALLS      seconds of one log_metric call
  trackers.py mlflow-batch FOLDER CALLS    seconds of one point in log_batch calls of 1000
  trackers.py aim-track FOLDER CALLS       seconds of one Run.track call
  trackers.py mlflow-run FOLDER            starts and ends a run
  trackers.py mlflow-fill FOLDER RUNS      makes runs
  trackers.py mlflow-search FOLDER ROUNDS  seconds of search_runs for 100 runs, warm process

Prints one number.  FOLDER keeps the tracker's data: for MLflow a SQLite database.
"""

import os
import random
import sqlite3
import statistics
import sys
import time

MODEL = {"eta": 0.1, "depth": 6, "rounds": 50, "objective": "binary:logistic"}
SERIES = ("train/loss", "train/auc", "loss", "auc", "ks", "seconds")


def mlflow_client(folder):
    os.environ.setdefault("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
    os.environ["GIT_PYTHON_REFRESH"] = "quiet"
    import mlflow  # pylint: disable=import-outside-toplevel
    experiment = mlflow.set_experiment("bench")
    return mlflow, experiment.experiment_id


def seconds_of(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def mlflow_log(folder, calls):
    mlflow, _ = mlflow_client(folder)
    with mlflow.start_run():
        mlflow.log_metric("warm", 0.5, 0)
        return seconds_of(lambda: [mlflow.log_metric("loss", 0.5, step)
                                   for step in range(calls)]) / calls


def mlflow_batch(folder, calls):
    mlflow, _ = mlflow_client(folder)
    from mlflow.entities import Metric  # pylint: disable=import-outside-toplevel
    now = int(time.time() * 1000)
    batches = [[Metric("loss", 0.5, now, first + step) for step in range(1000)]
               for first in range(0, calls, 1000)]
    client = mlflow.MlflowClient()
    with mlflow.start_run() as run:
        mlflow.log_metric("warm", 0.5, 0)
        return seconds_of(lambda: [client.log_batch(run.info.run_id, metrics=batch)
                                   for batch in batches]) / (1000 * len(batches))


def aim_track(folder, calls):
    from aim import Run  # pylint: disable=import-outside-toplevel
    run = Run(repo=folder, system_tracking_interval=None, log_system_params=False,
              capture_terminal_logs=False)
    run.track(0.5, name="warm", step=0)
    seconds = seconds_of(lambda: [run.track(0.5, name="loss", step=step)
                                  for step in range(calls)]) / calls
    run.close()
    return seconds


def mlflow_run(folder, _count):
    mlflow, _ = mlflow_client(folder)
    return seconds_of(lambda: mlflow.start_run() and mlflow.end_run())


def mlflow_fill(folder, runs):
    mlflow, experiment = mlflow_client(folder)
    from mlflow.entities import Metric, Param  # pylint: disable=import-outside-toplevel
    client = mlflow.MlflowClient()
    for number in range(runs):
        run = client.create_run(experiment)
        now = int(time.time() * 1000)
        client.log_batch(run.info.run_id,
                         metrics=[Metric(key, number % 100 / 100, now, 1)
                                  for key in ("loss", "auc", "ks", "seconds")],
                         params=[Param(key, str(value)) for key, value in MODEL.items()])
        client.set_terminated(run.info.run_id)
    return runs


def mlflow_search(folder, rounds):
    mlflow, experiment = mlflow_client(folder)
    client = mlflow.MlflowClient()

    def search():
        found = client.search_runs([experiment], "metrics.auc > 0.9", max_results=100)
        assert found, "no run was found"

    search()
    return statistics.median(seconds_of(search) for _ in range(rounds))


def mlflow_bulk(folder, runs):
    """One run is made by MLflow, the others are its rows with other ids and values."""
    mlflow, experiment = mlflow_client(folder)
    from mlflow.entities import Metric, Param, RunTag  # pylint: disable=import-outside-toplevel
    client = mlflow.MlflowClient()
    first = client.create_run(experiment)
    now = int(time.time() * 1000)
    client.log_batch(first.info.run_id,
                     metrics=[Metric(key, 0.5, now, 1) for key in SERIES],
                     params=[Param(key, str(value)) for key, value in MODEL.items()]
                     + [Param("seed", "0"), Param("subsample", "0.8")],
                     tags=[RunTag("sweep", "sweep-0")])
    client.set_terminated(first.info.run_id)
    database = sqlite3.connect(f"{folder}/mlflow.db")
    draw = random.Random(1)
    for table in ("runs", "metrics", "latest_metrics", "params", "tags"):
        rows = database.execute(f"SELECT * FROM {table} WHERE run_uuid = ?", [first.info.run_id])
        columns = [column[0] for column in rows.description]
        template = [dict(zip(columns, row)) for row in rows]
        insert = (f"INSERT INTO {table} ({', '.join(columns)}) "
                  f"VALUES ({', '.join('?' * len(columns))})")
        database.executemany(insert, (tuple(copy_of(row, number, draw).values())
                                      for number in range(1, runs) for row in template))
    database.commit()
    database.execute("ANALYZE")
    database.close()
    return runs


def copy_of(row, number, draw):
    row = dict(row, run_uuid=f"{number:032x}")
    if "start_time" in row:
        row["start_time"] += number
    elif row["key"] == "seed":
        row["value"] = str(number)
    elif row["key"] == "sweep":
        row["value"] = f"sweep-{number // 1000}"
    elif isinstance(row["value"], float):
        row["value"] = draw.uniform(0.6, 0.99)
    return row


def mlflow_find(folder, rounds, query):
    mlflow, experiment = mlflow_client(folder)
    client = mlflow.MlflowClient()

    def search():
        found = client.search_runs([experiment], query, max_results=100)
        assert found, "no run was found"

    search()
    return statistics.median(seconds_of(search) for _ in range(rounds))


def main():
    what, folder = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    print(globals()[what.replace("-", "_")](folder, count, *sys.argv[4:]))


if __name__ == "__main__":
    main()
