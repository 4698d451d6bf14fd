#!/usr/bin/env python3
"""Makes the MLflow stores that the tests of `reprise import` read.

Usage: make_stores.py VERSION_NAME FOLDER

Writes FOLDER/VERSION_NAME/files/mlruns (a file store) and FOLDER/VERSION_NAME/sqlite/mlflow.db with
mlruns/ beside it, by the MLflow that is installed, and beside each what MLflow itself says of it
(told.json).  The stores of this folder were made by

    LOGNAME=ada make_stores.py v2 /srv/experiments    (mlflow 2.22.5)
    MLFLOW_ALLOW_FILE_STORE=true LOGNAME=ada make_stores.py v3 /srv/experiments    (mlflow 3.17.2)

and copied here, so their artifact locations name a folder that is not there: as those of a store
that was moved to another machine.
"""

import json
import os
import sqlite3
import sys

import mlflow
import pandas
from mlflow import MlflowClient

COMMIT = "4f1c0d3e9a5b7c8d2e6f00112233445566778899"
START_UNIX_MS = 1_700_000_000_000


class Scorer(mlflow.pyfunc.PythonModel):
    """The smallest model that MLflow logs."""

    def predict(self, context, model_input, params=None):
        del context, params
        return model_input


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def log_model():
    """A registered model with an alias, the way each major release does it."""
    name = "artifact_path" if mlflow.__version__.startswith("2.") else "name"
    mlflow.pyfunc.log_model(**{name: "scorer"}, python_model=Scorer(), pip_requirements=[],
                            registered_model_name="credit-scorer")


def log_baseline(scratch):
    """Everything that a run can hold."""
    with mlflow.start_run(run_name="baseline", description="The first one.\nTwo lines.") as run:
        mlflow.set_tags({"team": "risk", "mlflow.source.git.commit": COMMIT})
        mlflow.log_params({"eta": 0.1, "depth": 6, "booster": "gbtree", "shuffle": True,
                           "digest": "123e45", "schedule/warmup": "1.10", "text": "Zürich\nα"})
        client = MlflowClient()
        for step, value in enumerate([0.9, 0.7, 0.55, 0.5, 0.48]):
            client.log_metric(run.info.run_id, "loss", value, START_UNIX_MS + 1000 * step, step)
        for step, value in enumerate([0.5, float("nan"), float("inf"), float("-inf"), 0.25]):
            client.log_metric(run.info.run_id, "val/odd", value, START_UNIX_MS + step, 10 * step)
        client.log_metric(run.info.run_id, "loss", 0.47, START_UNIX_MS + 9000, 4)
        table = pandas.DataFrame({"age": [30, 41], "score": [0.2, 0.9]})
        mlflow.log_input(mlflow.data.from_pandas(table, source="s3://lake/credit.csv",
                                                 name="credit"), context="training")
        write(scratch + "/report.txt", "a report\n")
        write(scratch + "/plots/loss curve.svg", "<svg/>\n")
        write(scratch + "/plots/deep/auc.csv", "step,auc\n0,0.5\n")
        mlflow.log_artifact(scratch + "/report.txt")
        mlflow.log_artifacts(scratch + "/plots", "plots")
        log_model()


def log_sweep():
    with mlflow.start_run(run_name="sweep"):
        for eta in (0.3, 0.03):
            with mlflow.start_run(run_name="trial", nested=True):
                mlflow.log_param("eta", eta)
                mlflow.log_metric("loss", eta * 2, step=0)


def log_ends(client, experiment_id):
    """Runs that did not end well, one that has not ended, and what was deleted."""
    for status in ("FAILED", "KILLED"):
        run = client.create_run(experiment_id, run_name=status.lower() + " run!",
                                start_time=START_UNIX_MS)
        client.set_terminated(run.info.run_id, status, end_time=START_UNIX_MS + 5000)
    client.create_run(experiment_id, run_name="unfinished", start_time=START_UNIX_MS)
    run = client.create_run(experiment_id, run_name="deleted", start_time=START_UNIX_MS)
    client.log_metric(run.info.run_id, "loss", 1.5)
    client.set_terminated(run.info.run_id)
    client.delete_run(run.info.run_id)
    gone = client.create_experiment("abandoned")
    client.create_run(gone, run_name="in a deleted experiment", start_time=START_UNIX_MS)
    client.delete_experiment(gone)


def fill(uri, scratch):
    mlflow.set_tracking_uri(uri)
    client = MlflowClient()
    experiment_id = mlflow.set_experiment("credit").experiment_id
    client.set_experiment_tag(experiment_id, "mlflow.note.content", "Who pays back?")
    client.set_experiment_tag(experiment_id, "owner", "ada")
    log_baseline(scratch)
    log_sweep()
    log_ends(client, experiment_id)
    client.set_registered_model_alias("credit-scorer", "champion", "1")
    client.set_model_version_tag("credit-scorer", "1", "checked", "yes")


def artifact_paths(client, run_id, folder=None):
    paths = []
    for artifact in client.list_artifacts(run_id, folder):
        if artifact.is_dir:
            paths += artifact_paths(client, run_id, artifact.path)
        else:
            paths.append(artifact.path)
    return sorted(paths)


def tell(path):
    """Writes what MLflow's own client reads from the store: numbers as Python prints them."""
    client = MlflowClient()
    told = {}
    for experiment in client.search_experiments(view_type=mlflow.entities.ViewType.ALL):
        for run in client.search_runs([experiment.experiment_id],
                                      run_view_type=mlflow.entities.ViewType.ALL):
            told[run.info.run_id] = {
                "experiment": experiment.name,
                "name": run.info.run_name,
                "status": run.info.status,
                "deleted": run.info.lifecycle_stage == "deleted",
                "start": run.info.start_time,
                "end": run.info.end_time,
                "params": run.data.params,
                "tags": run.data.tags,
                "metrics": {key: [[point.timestamp, repr(point.value), point.step]
                                  for point in client.get_metric_history(run.info.run_id, key)]
                            for key in run.data.metrics},
                "artifacts": artifact_paths(client, run.info.run_id),
            }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(told, file, indent=1, sort_keys=True)
        file.write("\n")


def forget_machine(folder):
    """Puts other bytes in the place of pickles, which name folders of this machine."""
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".pkl"):
                write(os.path.join(parent, name), "the pickle of a model\n")


def main():
    version, folder = sys.argv[1:]
    scratch = os.path.join(folder, "scratch")
    files = os.path.join(folder, version, "files")
    os.makedirs(files)
    fill("file://" + files + "/mlruns", scratch)
    tell(files + "/told.json")
    database = os.path.join(folder, version, "sqlite")
    os.makedirs(database)
    os.chdir(database)
    fill("sqlite:///" + database + "/mlflow.db", scratch)
    tell(database + "/told.json")
    # Small enough to keep: the same content on smaller pages.
    connection = sqlite3.connect(database + "/mlflow.db")
    connection.execute("PRAGMA page_size = 512")
    connection.execute("VACUUM")
    connection.close()
    forget_machine(os.path.join(folder, version))


if __name__ == "__main__":
    main()
