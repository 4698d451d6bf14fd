#!/usr/bin/env python3
"""That scripts/replay-corpus is no soft judge: with a command that answers what a test wants."""

import importlib.machinery
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import types
import unittest
import unittest.mock

import cases
import needs

_SCRIPT = os.path.join(os.path.dirname(os.path.dirname(cases.FOLDER)), "scripts", "replay-corpus")

# Stands in for `reprise`: runs the command, and answers as a perfect release would for the case
# append_input, but for what PLAN says.
_ANSWERS = '''#!/usr/bin/env python3
import json, os, subprocess, sys, time

PLAN = json.loads({plan!r})
arguments = sys.argv[2:]
if PLAN.get("hangs"):
    subprocess.Popen(["sleep", "600"], start_new_session=True)
    time.sleep(600)
if arguments[0] == "init":
    os.mkdir(".reprise")
    print(json.dumps({{"store": "x"}}))
elif arguments[0] == "run":
    status = subprocess.run(arguments[arguments.index("--") + 1:], stdout=sys.stderr).returncode
    run = {{"id": "1", "inputs": [{{"path": "journal.txt"}}],
            "outputs": [{{"path": "journal.txt"}}, {{"path": "count.txt"}}],
            "capture": {{"level": "sealed", "blind_spots": []}}}}
    print(json.dumps({{"run": run | PLAN.get("run", {{}})}}))
    sys.exit(PLAN.get("run_status", status))
else:
    assert os.listdir(".") == [".reprise"], os.listdir(".")
    verdict = {{"result": "identical", "outputs": [], "missing": [], "outside_reads": []}}
    verdict |= PLAN.get("verdict", {{}})
    print(json.dumps(PLAN.get("rerun", {{"verdict": verdict}})))
    good = verdict["result"] == "identical"
    sys.exit(PLAN.get("rerun_status", 0 if good else 1))
'''


def load_script():
    loader = importlib.machinery.SourceFileLoader("replay_corpus", _SCRIPT)
    spec = importlib.util.spec_from_loader("replay_corpus", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


class JudgeTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.tool = os.path.join(scratch.name, "reprise")
        self.work = os.path.join(scratch.name, "work")
        os.mkdir(self.work)

    def command(self, plan, *options):
        with open(self.tool, "w", encoding="utf-8") as file:
            file.write(_ANSWERS.format(plan=json.dumps(plan)))
        os.chmod(self.tool, 0o755)
        return [sys.executable, _SCRIPT, "--only", "append_input", "--reprise", self.tool, "--work",
                self.work, *options]

    def judge(self, plan, *options):
        done = subprocess.run(self.command(plan, *options), check=False, capture_output=True,
                              text=True)
        self.assertEqual(os.listdir(self.work), [])
        return done

    def assert_passes(self, plan):
        done = self.judge(plan)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("identical 1 of 1 (100.0 %)", done.stdout)
        self.assertIn("1 passed, 0 failed, 0 skipped", done.stdout)

    def assert_fails(self, plan, part):
        done = self.judge(plan)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(part, done.stdout)

    def test_what_is_as_expected_passes(self):
        self.assert_passes({})

    def test_any_other_record_of_the_run_fails(self):
        journal, count, more = ({"path": path} for path in ("journal.txt", "count.txt", "more"))
        for run, part in (({"outputs": [journal]}, "no output 'count.txt'"),
                          ({"outputs": [journal, count, more]}, "unexpected outputs: 'more'"),
                          ({"inputs": [count]}, "not among the inputs: 'journal.txt'"),
                          ({"capture": {"blind_spots": ["network"]}}, "blind spots ['network']")):
            with self.subTest(part):
                self.assert_fails({"run": run}, part)
        self.assert_fails({"run_status": 9}, "the run exited with 9, not 0")

    def test_any_other_verdict_fails(self):
        differs = {"path": "count.txt", "state": "differs"}
        for verdict, part in (
                ({"result": "diverged", "outputs": [differs]},
                 "diverged, not identical: 'count.txt'"),
                ({"result": "incomplete", "missing": ["no sed"]},
                 "incomplete, not identical: no sed"),
                ({"outside_reads": ["/etc/passwd"]}, "reads outside of the capture")):
            with self.subTest(part):
                self.assert_fails({"verdict": verdict}, part)

    def test_an_exit_status_that_does_not_fit_the_verdict_fails(self):
        self.assert_fails({"rerun_status": 1}, "exited with 1 for the verdict identical")
        self.assert_fails({"verdict": {"result": "diverged"}, "rerun_status": 0}, "exited with 0")

    def test_an_error_of_the_command_fails_with_its_words(self):
        error = {"error": {"code": "not_found", "message": "the store is gone"}}
        self.assert_fails({"rerun": error, "rerun_status": 3}, "the store is gone")

    def test_the_reason_of_a_divergence_and_what_differs_are_judged(self):
        wanted = types.SimpleNamespace(verdict=["diverged"], reason=r"a\.txt", differs=["a.txt"])
        judge = load_script().replay.Replay
        options = types.SimpleNamespace(on_host=False)
        for paths, sentence, passes in ((["a.txt"], "", True), (["b.txt"], "", False),
                                        (["b.txt"], "not a.txt", False), ([], "a.txt", False),
                                        (["a.txt", "b.txt"], "", False)):
            with self.subTest(f"{paths} {sentence}"):
                result = load_script().outcome.Outcome(wanted)
                judge(types.SimpleNamespace(case=wanted), options).judge_verdict(
                    {"result": "diverged", "missing": [sentence], "outside_reads": [],
                     "outputs": [{"path": path, "state": "differs"} for path in paths]}, result)
                self.assertEqual(result.passed, passes, result.problems)

    def test_what_cannot_be_run_is_told_and_fails_only_in_full(self):
        script = load_script()
        (case,) = [case for case in cases.read_all() if case.name == "time_zone"]
        case = cases.dataclasses.replace(case, tools=["no-such-program"])
        options = types.SimpleNamespace(work=self.work)
        result = script.check(case, options, needs.Needs(self.work))
        self.assertEqual(result.skipped, "no such program: no-such-program")
        for full, allow, status in ((False, False, 0), (True, False, 1), (True, True, 0)):
            options = types.SimpleNamespace(check_natively=False, full=full, allow_skips=allow)
            with tempfile.TemporaryFile("w") as out, unittest.mock.patch("sys.stdout", out):
                self.assertEqual(script.summarise([result], options), status)

    def test_whoever_is_stopped_leaves_nothing_behind(self):
        running = subprocess.Popen(self.command({"hangs": True}), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not self.processes_of_tool() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertTrue(self.processes_of_tool())
        time.sleep(0.2)  # It has a child in a session of its own by now.
        running.send_signal(signal.SIGTERM)
        self.assertEqual(running.wait(30), 128 + signal.SIGTERM)
        self.assertEqual(self.processes_of_tool(), [])
        self.assertEqual(os.listdir(self.work), [])

    def processes_of_tool(self):
        """The processes whose command or folder names this test's files."""
        found = []
        for process in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{process}/cmdline", "rb") as file:
                    is_tool = self.tool.encode() in file.read().split(b"\0")[1:2]
                if is_tool or os.readlink(f"/proc/{process}/cwd").startswith(self.work + "/"):
                    found.append(process)
            except OSError:
                pass  # It ended in the meantime.
        return found


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
