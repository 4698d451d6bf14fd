"""Takes the graph that `graph_store edges` prints into ML Metadata on SQLite, and asks it.

    graph_store edges RUNS | mlmd.py fill DATABASE
    mlmd.py ask DATABASE

Prints one JSON record.  Runs are put in by the thousand, artifacts, executions and events in one
call each, which is the fastest way that ML Metadata has.
"""

import json
import sys
import time

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

BATCH = 1000


def connect(path):
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = path
    config.sqlite.connection_mode = 3  # READWRITE_OPENCREATE
    return metadata_store.MetadataStore(config)


def put_batch(store, types, lines, artifacts):
    """Puts the runs of `lines` in; `artifacts` maps contents to ids, and grows."""
    new = []
    uses = []  # (run's place, is output, content)
    for place, line in enumerate(lines):
        for use in line.rstrip("\n").split("\t")[1:]:
            content = use[1:]
            uses.append((place, use[0] == "o", content))
            if content not in artifacts:
                artifacts[content] = None
                new.append(content)
    ids = store.put_artifacts([metadata_store_pb2.Artifact(type_id=types[0], uri=content)
                               for content in new])
    artifacts.update(zip(new, ids))
    runs = store.put_executions([metadata_store_pb2.Execution(type_id=types[1]) for _ in lines])
    event = metadata_store_pb2.Event
    store.put_events([
        event(artifact_id=artifacts[content], execution_id=runs[place],
              type=event.OUTPUT if is_output else event.INPUT)
        for place, is_output, content in uses])
    return len(uses)


def fill(path):
    store = connect(path)
    types = (store.put_artifact_type(metadata_store_pb2.ArtifactType(name="File")),
             store.put_execution_type(metadata_store_pb2.ExecutionType(name="Run")))
    lines = sys.stdin.readlines()
    artifacts = {}
    edges = 0
    start = time.perf_counter()
    for begin in range(0, len(lines), BATCH):
        edges += put_batch(store, types, lines[begin:begin + BATCH], artifacts)
    seconds = time.perf_counter() - start
    return {"runs": len(lines), "edges": edges, "seconds": seconds}


def ask(path, nodes_max=10_000):
    """Downstream of a dataset that very many runs used."""
    store = connect(path)
    # The artifacts of the first runs are the first; which of them is popular, their events tell.
    events = store.get_events_by_artifact_ids(range(1, 11))
    counts = {}
    for event in events:
        counts[event.artifact_id] = counts.get(event.artifact_id, 0) + 1
    popular = max(counts, key=counts.get)
    query = metadata_store_pb2.LineageSubgraphQueryOptions(
        starting_artifacts=metadata_store_pb2.LineageSubgraphQueryOptions.StartingNodes(
            filter_query=f"id = {popular}"),
        max_num_hops=4, direction=metadata_store_pb2.LineageSubgraphQueryOptions.DOWNSTREAM)
    start = time.perf_counter()
    graph = store.get_lineage_subgraph(query)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "nodes": len(graph.artifacts) + len(graph.executions),
            "edges": len(graph.events), "nodes_max": nodes_max}


def main():
    what, path = sys.argv[1:]
    print(json.dumps(fill(path) if what == "fill" else ask(path)))


if __name__ == "__main__":
    main()
