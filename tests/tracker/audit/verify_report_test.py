"""Tries to get a changed report past verify.py, and past `reprise audit verify` beside it.

usage: verify_report_test.py VERIFY_PY BUNDLES REPRISE   (BUNDLES as make_bundles writes them)
"""

import json
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
from broken_bundle import BundleTest, read  # noqa: E402


class ChangedReport(BundleTest):
    """A report that says something else than the documents, with SHA256SUMS made to fit."""

    def change_report(self, change):
        report = json.loads(read(self.bundle, "report.json"))
        change(report)
        self.write("report.json", json.dumps(report).encode())

    def test_each_changed_value_is_noticed(self):
        run = json.loads(read(self.bundle, "report.json"))["run"]
        for key in ("name", "experiment", "status", "exit_code", "started_at", "ended_at", "actor",
                    "params", "tags", "notes", "metrics", "inputs", "outputs", "code", "command",
                    "environment", "recipe", "document", "host", "capture", "warnings", "redacted",
                    "working_directory", "ledger_sequence"):
            with self.subTest(key=key):
                self.setUp()
                self.assertIn(key, run)
                self.change_report(
                    lambda report: report["run"].update({key: [] if run[key] else 1}))
                self.expect_without_signature("report", "")

    def test_a_better_metric_is_noticed(self):
        self.change_report(lambda r: r["run"]["metrics"]["auc"].update(last=0.99))
        self.expect_without_signature("report", "0.99")

    def test_each_changed_claim_about_the_log_is_noticed(self):
        for change in (lambda r: r["verdicts"][0].update(actor="otto"),
                       lambda r: r["verdicts"][0].update(time="2025-01-01T00:00:00.000Z"),
                       lambda r: r["verdicts"][0].update(document=r["events"][0]["payload"]),
                       lambda r: r["run"]["notes"][1].update(actor="otto"),
                       lambda r: r["run"]["notes"][0].update(time="2025-01-01T00:00:00.000Z"),
                       lambda r: r["ledger"].update(listed="proofs_only"),
                       lambda r: r["ledger"].update(audited_by="otto"),
                       lambda r: r["run"].update(certified=True),
                       lambda r: r.update(store="0" * 26),
                       lambda r: r.update(certified=True)):
            self.setUp()
            self.change_report(change)
            self.expect_without_signature("report", "report.json")

    def test_another_verdict_is_noticed(self):
        self.change_report(lambda r: r["verdicts"][0]["verdict"].update(result="diverged"))
        self.expect_without_signature("report", "verdicts")

    def test_an_event_left_out_of_the_report_is_noticed(self):
        self.change_report(lambda r: r["events"].pop())
        self.expect_without_signature("report", "events")

    def test_a_run_left_out_of_the_report_is_noticed(self):
        self.change_report(lambda r: r["upstream"].clear())
        self.expect_without_signature("report", "other runs")

    def test_an_invented_edge_is_noticed(self):
        def invent(report):
            edges = report["lineage"]["edges"]
            edges.append(dict(edges[0], path="elsewhere.csv"))
        self.change_report(invent)
        self.expect_without_signature("lineage", "does not follow")

    def leave_out(self, edge, *nodes):
        """Takes an edge out of the report, and `nodes` with all of their edges."""
        def change(report):
            lineage = report["lineage"]
            lineage["edges"] = [e for e in lineage["edges"]
                                if e != edge and e["from"] not in nodes and e["to"] not in nodes]
            lineage["nodes"] = [n for n in lineage["nodes"] if n["id"] not in nodes]
        self.change_report(change)

    def test_an_edge_left_out_is_noticed(self):
        lineage = json.loads(read(self.bundle, "report.json"))["lineage"]
        self.assertEqual({edge["kind"] for edge in lineage["edges"]},
                         {"used", "produced", "reproduces", "derived_from"})
        for edge in lineage["edges"]:
            self.setUp()
            self.leave_out(edge)
            self.expect_without_signature("lineage", "left out")

    def test_a_node_left_out_with_its_edges_is_noticed(self):
        for node in json.loads(read(self.bundle, "report.json"))["lineage"]["nodes"]:
            self.setUp()
            self.leave_out(None, node["id"])
            self.expect_without_signature("lineage", "")

    def test_a_node_that_nothing_joins_to_the_run_is_noticed(self):
        for node, text in (("sha256:" + "0" * 64, "no edges join"), ("0" * 26, "no such run")):
            self.setUp()
            self.change_report(lambda r, node=node: r["lineage"]["nodes"].append(
                {"id": node, "kind": "artifact", "label": "", "detail": ""}))
            self.expect_without_signature("lineage", text)

    def test_an_upstream_run_called_a_rerun_is_noticed(self):
        self.change_report(lambda r: r["reruns"].append(r["upstream"].pop()))
        self.expect_without_signature("lineage", "is no rerun")

    def test_a_rerun_left_out_wholly_is_noticed_by_its_verdict(self):
        report = json.loads(read(self.bundle, "report.json"))
        rerun = report["reruns"][0]
        self.leave_out(None, rerun["id"])
        self.change_report(lambda r: r["reruns"].clear())
        os.remove(self.path("documents/%s.json" % rerun["document"].split(":")[1]))
        self.expect_without_signature("lineage", "a verdict names as a rerun")

    def test_a_changed_cell_is_noticed(self):
        for table in ("params", "metrics", "inputs", "outputs", "events"):
            with self.subTest(table=table):
                self.setUp()
                name = "data/%s.csv" % table
                lines = read(self.bundle, name).split(b"\r\n")
                lines[1] = lines[1].replace(b",", b",9", 1)
                self.write(name, b"\r\n".join(lines))
                self.expect_without_signature("tables", name)

    def test_a_changed_point_is_noticed(self):
        name = "data/series.csv"
        lines = read(self.bundle, name).split(b"\r\n")
        self.write(name, b"\r\n".join([lines[0], lines[2], lines[1]] + lines[3:]))
        self.expect_without_signature("series", "not those that the run recorded")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
