#!/usr/bin/env python3
"""Programs that use the SDK, without `reprise run` and with it, against the real recorder."""

import concurrent.futures as futures
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest

REPRISE = os.environ["REPRISE_BIN"]
PROGRAM = os.environ["SDK_WAYS_TO_END"]
PATIENCE_S = 60  # For what is expected to happen.

# sdk/wire/messages.h: magic, version, kind, pid, session, status, size of the text.
MESSAGE = struct.Struct("<IHHIIII")
MAGIC, VERSION, SYNC, DONE = 0x314d5052, 1, 1, 3


def request(magic=MAGIC, version=VERSION, text_bytes=0):
    return MESSAGE.pack(magic, version, SYNC, os.getpid(), 1, 0, text_bytes)


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


class WithRecorder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="reprise-sdk-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("REPRISE_")}
        self.environment["REPRISE_BIN"] = REPRISE
        self.reprise("init")

    def reprise(self, *arguments):
        done = subprocess.run([REPRISE, *arguments], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.reprise(*arguments, "--json"))

    def start(self, *arguments):
        return subprocess.Popen(arguments, cwd=self.folder, env=self.environment,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def run_program(self, *arguments):
        """Runs it to its end: its exit status, stdout and stderr."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=PATIENCE_S)
        return process.returncode, out, err

    def ended_runs(self):
        """The runs, oldest first, when their recorders have stored them."""
        inbox = os.path.join(self.folder, ".reprise", "inbox")
        wait_until(lambda: not os.listdir(inbox))
        return self.json("runs")["runs"][::-1]

    def points(self, run, key="loss"):
        series = self.json("metrics", run["id"])["metrics"].get(key, [])
        return [(point["step"], point["value"]) for point in series]

    def check_whole(self, run, points=10):
        self.assertEqual(run["params"], {"eta": 0.5})
        self.assertEqual(self.points(run), [(step, step / 2) for step in range(points)])
        self.assertEqual([(output["path"], output["role"]) for output in run["outputs"]],
                         [("model.txt", "model")])
        self.assertEqual(self.reprise("cat", run["outputs"][0]["digest"]), "the model\n")

    def recorder_of(self, program):
        """The pid of the recorder that the program started."""
        for name in os.listdir("/proc"):
            try:
                with open(f"/proc/{name}/cmdline", encoding="latin-1") as file:
                    words = file.read().split("\0")
            except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
                continue
            if words[:2] == ["reprise", "recorder"] and str(program) in words:
                return int(name)
        return None

    def check_ending(self, ending, exit_status, status):
        code, out, err = self.run_program(PROGRAM, ending)
        self.assertEqual((code, err), (exit_status, ""))
        [run] = self.ended_runs()
        self.assertEqual(out, f"tracked {run['id']}\n")
        self.assertEqual((run["status"], run["experiment"]), (status, "endings"))
        self.check_whole(run)
        return run

    def test_a_finished_run_is_finished(self):
        self.check_ending("finish", 0, "finished")

    def test_a_destroyed_run_is_finished(self):
        self.check_ending("return", 0, "finished")

    def test_an_exit_without_finishing_keeps_its_code(self):
        self.check_ending("leak", 3, "failed")

    def test_a_program_that_ends_without_a_word_has_failed(self):
        run = self.check_ending("cut", 0, "failed")
        self.assertIn("without finishing", " ".join(run["warnings"]))

    def test_the_program_has_no_child_and_gets_no_signal(self):
        self.check_ending("reap", 0, "finished")

    def test_a_forked_child_reports_to_the_same_run(self):
        run = self.check_ending("fork", 0, "finished")
        self.assertEqual(self.points(run, "child"), [(step, step / 2) for step in range(5)])

    def test_an_executed_program_begins_a_run_of_its_own(self):
        code, out, err = self.run_program(PROGRAM, "exec")
        self.assertEqual((code, err), (0, ""))
        runs = self.ended_runs()
        self.assertEqual(re.findall("tracked (.*)", out), [run["id"] for run in runs])
        self.assertEqual(len(runs), 2)
        for run in runs:
            self.check_whole(run)

    def test_a_killed_program_leaves_what_it_reported(self):
        program = self.start(PROGRAM, "wait")
        self.assertRegex(program.stdout.readline(), "tracked")
        self.assertEqual(program.stdout.readline(), "waiting\n")
        program.kill()
        program.communicate()
        [run] = self.ended_runs()
        self.assertEqual(run["status"], "failed")
        self.check_whole(run)

    def test_the_run_of_a_killed_program_ends_with_the_children_that_report_to_it(self):
        program = self.start(PROGRAM, "orphan")
        self.assertRegex(program.stdout.readline(), "tracked")
        self.assertEqual(program.stdout.readline(), "waiting\n")
        self.assertEqual(program.wait(PATIENCE_S), -signal.SIGKILL)
        recorder = self.recorder_of(program.pid)
        self.assertEqual(self.json("runs")["runs"][0]["status"], "running")
        self.assertIsNotNone(recorder)
        program.stdin.close()
        program.stdout.read()
        [run] = self.ended_runs()
        self.assertEqual(run["status"], "failed")
        self.assertEqual(self.points(run, "child"), [(step, step / 2) for step in range(5)])
        program.stdout.close()
        program.stderr.close()

    def test_a_recorder_that_waits_for_its_program_keeps_the_store_from_nobody(self):
        for command in ([PROGRAM], [REPRISE, "run", "--", PROGRAM]):
            program = self.start(*command, "wait")
            self.assertRegex(program.stdout.readline(), "tracked")
            self.assertEqual(program.stdout.readline(), "waiting\n")  # Its output is stored.
            self.assertEqual(self.json("runs")["runs"][0]["status"], "running")
            self.assertEqual(json.loads(self.reprise("fsck", "--json"))["problems"], [])
            program.communicate("", timeout=PATIENCE_S)
            self.assertEqual(program.returncode, 0)
        for run in self.ended_runs():
            self.check_whole(run, points=15)

    def test_a_killed_recorder_loses_nothing_and_its_run_ends_with_the_program(self):
        program = self.start(PROGRAM, "wait")
        self.assertRegex(program.stdout.readline(), "tracked")
        self.assertEqual(program.stdout.readline(), "waiting\n")
        recorder = self.recorder_of(program.pid)
        os.kill(recorder, signal.SIGKILL)
        wait_until(lambda: self.recorder_of(program.pid) is None)
        # The program goes on, so its run does, whoever looks.
        self.assertEqual([run["status"] for run in self.json("runs")["runs"]], ["running"])
        program.communicate("", timeout=PATIENCE_S)
        self.assertEqual(program.returncode, 0)
        [run] = self.json("runs")["runs"]
        self.assertEqual(run["status"], "finished")
        self.check_whole(run, points=15)

    def check_untracked(self, pattern):
        code, out, err = self.run_program(PROGRAM, "finish")
        # finish() tells that nothing is recorded; the program decides what that means.
        self.assertEqual((code, out), (4, "untracked\n"))
        self.assertRegex(err, pattern)
        self.assertEqual(err.count("\n"), 1, err)

    def test_without_a_store_one_line_says_so(self):
        shutil.rmtree(os.path.join(self.folder, ".reprise"))
        self.check_untracked("reprise init")

    def test_without_the_command_one_line_says_so(self):
        self.environment["REPRISE_BIN"] = "/no/such/reprise"
        self.check_untracked("REPRISE_BIN")

    def test_a_locked_store_delays_the_adoption_and_nothing_else(self):
        with open(os.path.join(self.folder, ".reprise", "lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            code, out, _ = self.run_program(PROGRAM, "finish")
            self.assertEqual(code, 0)
            self.assertRegex(out, "tracked")
        [run] = self.ended_runs()
        self.check_whole(run)

    def test_under_run_the_program_joins_that_run(self):
        code, out, err = self.run_program(REPRISE, "run", "-e", "outer", "--", PROGRAM, "finish")
        self.assertEqual(code, 0, err)
        [run] = self.ended_runs()
        self.assertEqual((out, run["experiment"]), (f"tracked {run['id']}\n", "outer"))
        self.check_whole(run)

    def test_a_parameter_of_the_command_line_is_in_force(self):
        self.run_program(REPRISE, "run", "-p", "eta=0.125", "--", PROGRAM, "finish")
        [run] = self.ended_runs()
        self.assertEqual(run["params"], {"eta": 0.125})

    def test_a_run_within_a_run_is_a_run_of_its_own(self):
        # Nobody can look for leaks in what is traced twice.
        code, _, err = self.run_program(REPRISE, "run", "-n", "outer", "--", "env",
                                        "ASAN_OPTIONS=detect_leaks=0", REPRISE, "run", "-n",
                                        "inner", "--", PROGRAM, "finish")
        self.assertEqual(code, 0, err)
        runs = {run["name"]: run for run in self.ended_runs()}
        self.assertEqual(set(runs), {"outer", "inner"})
        self.check_whole(runs["inner"])
        self.assertEqual((runs["outer"]["params"], runs["outer"]["metrics"]), ({}, {}))

    def test_programs_started_by_a_shell_share_the_run(self):
        code, out, err = self.run_program(
            REPRISE, "run", "--", "sh", "-c", '"$0" finish & "$0" cut & wait', PROGRAM)
        self.assertEqual(code, 0, err)
        [run] = self.ended_runs()
        self.assertEqual(out, 2 * f"tracked {run['id']}\n")
        self.assertEqual(sorted(self.points(run)), sorted(
            2 * [(step, step / 2) for step in range(10)]))

    # The recorder's socket is open to whatever the user's processes send.

    def start_recorded(self):
        """A program that waits under `reprise run`, and the path of its recorder's socket."""
        program = self.start(REPRISE, "run", "--", PROGRAM, "wait")
        self.assertRegex(program.stdout.readline(), "tracked")
        self.assertEqual(program.stdout.readline(), "waiting\n")
        [run] = os.listdir(os.path.join(self.folder, ".reprise", "inbox"))
        return program, os.path.join(self.folder, ".reprise", "inbox", run, "sock")

    def connect(self, path):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(client.close)
        client.settimeout(PATIENCE_S)
        client.connect(path)
        return client

    def check_served(self, path):
        client = self.connect(path)
        client.send(request())
        answer = client.recv(1 << 16)
        self.assertEqual(MESSAGE.unpack(answer[:MESSAGE.size]), (MAGIC, VERSION, DONE, 0, 0, 0, 0))

    def check_goes_on(self, program):
        """The program, and its run, are as if nothing had happened."""
        program.communicate("", timeout=PATIENCE_S)
        self.assertEqual(program.returncode, 0)
        [run] = self.ended_runs()
        self.assertEqual(run["status"], "finished")
        self.check_whole(run, points=15)

    def test_what_is_no_request_is_not_answered_and_harms_nothing(self):
        program, path = self.start_recorded()
        for packet in (b"?", request()[:-1], b"\xff" * MESSAGE.size, b"x" * 100_000,
                       request(magic=MAGIC + 1), request(version=VERSION + 1),
                       request(text_bytes=1), request() + b"more", request(text_bytes=2**32 - 1)):
            client = self.connect(path)
            client.send(packet)
            self.assertEqual(client.recv(1 << 16), b"", packet[:40])
            self.check_served(path)
        self.check_goes_on(program)

    def test_a_client_that_is_gone_before_its_answer_harms_nothing(self):
        program, path = self.start_recorded()
        for packet in (None, request(), b"?"):
            for _ in range(10):
                client = self.connect(path)
                if packet is not None:
                    client.send(packet)
                client.close()
        self.check_served(path)
        self.check_goes_on(program)

    def test_clients_that_say_nothing_keep_nobody_from_being_served(self):
        program, path = self.start_recorded()
        silent = [self.connect(path) for _ in range(20)]
        started_at = time.monotonic()
        self.check_served(path)
        # Each is waited for a tenth of a second, once.
        self.assertLess(time.monotonic() - started_at, PATIENCE_S / 2)
        for client in silent:
            self.assertEqual(client.recv(1 << 16), b"")
        silent = [self.connect(path) for _ in range(5)]
        self.check_goes_on(program)  # Its own requests come after these.

    def test_many_clients_at_once_are_all_served(self):
        program, path = self.start_recorded()
        with futures.ThreadPoolExecutor(100) as pool:
            for served in [pool.submit(self.check_served, path) for _ in range(400)]:
                served.result()
        self.check_goes_on(program)


if __name__ == "__main__":
    unittest.main()
