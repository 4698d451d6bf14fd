"""Takes the graph that `graph_store edges` prints into ML Metadata on SQLite, and asks it.

    graph_store edges RUNS | mlmd.py fill DATABASE
    graph_store edges RUNS | mlmd.py fill-singly DATABASE
    mlmd.py ask DATABASE

Prints one JSON record.  `fill` puts runs in by the thousand, with one call each for artifacts,
executions and events, which is the fastest way that ML Metadata has; `fill-singly` one run with its
artifacts and events in a call, as pipelines do.
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


def put_singly(store, types, line, artifacts):
    """Puts one run in, as put_batch() does many."""
    event = metadata_store_pb2.Event
    pairs = []
    contents = []
    for use in line.rstrip("\n").split("\t")[1:]:
        content = use[1:]
        artifact = metadata_store_pb2.Artifact(type_id=types[0], uri=content)
        if content in artifacts:
            artifact.id = artifacts[content]
        pairs.append((artifact, event(type=event.OUTPUT if use[0] == "o" else event.INPUT)))
        contents.append(content)
    _, ids, _ = store.put_execution(metadata_store_pb2.Execution(type_id=types[1]), pairs, [])
    artifacts.update(zip(contents, ids))
    return len(pairs)


def fill(path, batch):
    store = connect(path)
    types = (store.put_artifact_type(metadata_store_pb2.ArtifactType(name="File")),
             store.put_execution_type(metadata_store_pb2.ExecutionType(name="Run")))
    lines = sys.stdin.readlines()
    artifacts = {}
    edges = 0
    start = time.perf_counter()
    processor = time.process_time()
    for begin in range(0, len(lines), batch):
        part = lines[begin:begin + batch]
        edges += (put_batch(store, types, part, artifacts) if batch > 1
                  else put_singly(store, types, part[0], artifacts))
    seconds = time.perf_counter() - start
    return {"runs": len(lines), "edges": edges, "seconds": seconds,
            "processor_seconds": time.process_time() - processor}


def ask(path):
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
    processor = time.process_time()
    graph = store.get_lineage_subgraph(query)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "nodes": len(graph.artifacts) + len(graph.executions),
            "edges": len(graph.events), "processor_seconds": time.process_time() - processor}


def main():
    what, path = sys.argv[1:]
    answers = {"fill": lambda: fill(path, BATCH), "fill-singly": lambda: fill(path, 1),
               "ask": lambda: ask(path)}
    print(json.dumps(answers[what]()))


if __name__ == "__main__":
    main()
