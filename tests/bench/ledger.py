"""The part `ledger` of scripts/bench: entries appended, and proofs in a long ledger."""

import json
import os
import shutil

from measure import Row, output_of

APPENDED_MIN = 20_000  # Entries a second, with one checkpoint for each batch.
PROOF_MS_MAX = 5.0
BATCH = 1000


def measure(context):
    total = context.pick(10_000_000, 1_000_000)
    store = os.path.join(context.folder, "ledger")
    program = context.built("tests/bench/ledger_timing")
    timed = context.pick(200_000, 50_000)
    shutil.rmtree(store, ignore_errors=True)
    os.sync()
    said = json.loads(output_of([program, store, str(timed), str(BATCH), str(total), "2000"]))
    shutil.rmtree(store, ignore_errors=True)
    rate = said["append_per_s"]
    yield Row(f"Ledger: entries appended, a checkpoint and its syncs for each batch of {BATCH}",
              f"{rate:,.0f} entries/s", target=f"≥ {APPENDED_MIN:,} entries/s",
              passed=rate >= APPENDED_MIN)
    for kind in ("inclusion", "consistency"):
        median, slow = said[f"{kind}_ms"], said[f"{kind}_slow_ms"]
        yield Row(f"Ledger of {total:,} entries: {kind} proof, made and checked",
                  f"{median:.3f} ms (99 of 100 within {slow:.2f} ms)",
                  target=f"99 of 100 ≤ {PROOF_MS_MAX:g} ms", passed=slow <= PROOF_MS_MAX)
    yield Row(f"Ledger of {total:,} entries: opened", f"{said['open_ms']:.2f} ms")
