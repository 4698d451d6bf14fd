#!/usr/bin/env python3
"""Kills by SIGKILL, again and again, and looks for anything that was acknowledged and is lost.

One store; several workers, each of which makes one attempt after another.  An attempt starts
something (a tracked training with or without `reprise run`, an add, a note, a reading command) and
kills some of its processes, either before the N-th call by which it changes a file or speaks to
another process (kill_point.c), so that every step of starting, recording, sealing and adopting is
met, or from outside after a random time, which also meets what is no call.  The workers share the
store, so that what one left behind another one's commands recover and adopt, to be killed at that
in turn.

In the end the store must hold everything that was acknowledged (crash_support.check_store).

Environment:
  REPRISE_CRASH_KILLS  how many kills; default 1000
  REPRISE_CRASH_SEED   decides every choice, though not how the processes interleave; default:
                       random
"""

import collections
import os
import random
import signal
import sys
import threading
import time

import crash_support as support
from crash_support import REPRISE, TRAINER, check

KILLS_DEFAULT = 1000
WORKERS = 4
# More calls than any of them makes.  Where the actual number is smaller, some attempts kill
# nothing; they are not counted.
CALLS_MAX = {"run": 340, "keeper": 40, "sdk": 310, "add": 170, "note": 160, "read": 120}

# A folder that is added, and how long that may take, on a machine that is idle, busy or slow.
FOLDER_FILES = 300
FOLDER_ADD_S_MAX = [0.1, 0.4, 1.6]


class Killer:
    """What the workers share."""

    def __init__(self, project, seed, wanted):
        self.project = project
        self.seed = seed
        self.wanted = wanted
        self.lock = threading.Lock()
        self.attempts = 0
        self.kills = {}
        self.saids = []
        self.added = []  # Digests that `reprise add` acknowledged.
        self.added_folders = []  # Likewise, of folders.
        self.notes = []  # (run, text) that `reprise note` acknowledged.
        self.failure = None

    def count(self):
        return sum(self.kills.values())

    def next_attempt(self):
        with self.lock:
            if self.failure is not None or self.count() >= self.wanted:
                return None
            self.attempts += 1
            return self.attempts

    def record_kill(self, kind, number=1):
        with self.lock:
            self.kills[kind] = self.kills.get(kind, 0) + number

    def work(self):
        while (number := self.next_attempt()) is not None:
            try:
                Attempt(self, number).make()
            except Exception as failure:  # The others stop too; main() tells.
                with self.lock:
                    self.failure = self.failure or (number, failure)
                if not isinstance(failure, support.Failure):
                    raise
                return


class Attempt:
    def __init__(self, killer, number):
        self.killer = killer
        self.project = killer.project
        self.random = random.Random(f"{killer.seed} {number}")
        self.token = f"a{number:05d}"
        self.tally = os.path.join(self.project.root, self.token + ".tally")

    def make(self):
        kinds = {self.kill_at_call_of_run: 30, self.kill_from_outside: 30,
                 self.kill_at_call_of_keeper: 6, self.kill_sdk_recorder: 12,
                 self.kill_sdk_program: 8, self.kill_add: 8, self.kill_add_of_folder: 3,
                 self.kill_note: 6, self.kill_read: 10}
        self.random.choices(list(kinds), list(kinds.values()))[0]()

    # Processes

    def trainer(self):
        said = support.Said(self.project.said_folder, self.token)
        with self.killer.lock:
            self.killer.saids.append(said)
        points = self.random.choice([5, 40, 200])
        pause_us = self.random.choice([0, 0, 200, 1000])
        threads = self.random.randint(1, 3)
        return said, [TRAINER, self.project.said_folder, self.token, str(points), str(threads),
                      str(pause_us)]

    def start(self, arguments, role=None, calls_max=0):
        """Starts a process that is killed at a random call, if a role is given."""
        kill_point = None
        if role is not None:
            kill_point = (role, self.random.randint(1, calls_max), self.tally)
        return self.project.start(arguments, kill_point)

    def end(self, kind, process, expected=(0,)):
        """Waits for the process.  Unless it was killed, it must have an expected exit status."""
        status, out, err = self.project.finish(process)
        if kind is not None and os.path.exists(self.tally):
            with open(self.tally, encoding="ascii") as file:
                self.killer.record_kill(kind, file.read().count("killed"))
            os.remove(self.tally)
        check(status in (*expected, -signal.SIGKILL),
              f"{self.token}: {process.args} exited with {status}: {err}")
        return status, out, err

    # Attempts

    def kill_at_call_of_run(self):
        _, trainer = self.trainer()
        process = self.start([REPRISE, "run", "--", *trainer], "main", CALLS_MAX["run"])
        self.end("recorder at a call", process)

    def kill_at_call_of_keeper(self):
        _, trainer = self.trainer()
        process = self.start([REPRISE, "run", "--", *trainer], "fork", CALLS_MAX["keeper"])
        # 125: how the command ended cannot be known any more.
        self.end("keeper at a call", process, (0, 125))

    def kill_sdk_recorder(self):
        _, trainer = self.trainer()
        process = self.start(trainer, "main", CALLS_MAX["sdk"])
        self.end(None, process)  # The training goes on, whatever happens to its recorder.
        # The recorder may go on for a while; what it tells later is counted then.
        self.killer.record_kill("SDK's recorder at a call", self.read_tally())

    def read_tally(self):
        try:
            with open(self.tally, encoding="ascii") as file:
                return file.read().count("killed")
        except FileNotFoundError:
            return 0

    def kill_sdk_program(self):
        said, trainer = self.trainer()
        process = self.start(trainer)
        self.let_pass(said, process)
        if self.random.random() < 0.5:  # Its recorder too, which carries its pid.
            self.kill_pids("SDK's recorder", self.sdk_recorders(process.pid))
        self.kill_pids("program with the SDK", [process.pid])
        self.end(None, process)

    def sdk_recorders(self, program):
        found = []
        for pid in self.project.processes():
            try:
                with open(f"/proc/{pid}/cmdline", encoding="latin-1") as file:
                    words = file.read().split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if "recorder" in words and str(program) in words:
                found.append(pid)
        return found

    def kill_from_outside(self):
        said, trainer = self.trainer()
        process = self.start([REPRISE, "run", "--", *trainer])
        self.let_pass(said, process)
        keepers = support.children(process.pid)
        pids = {"recorder": [process.pid], "keeper": keepers,
                "trainer": [pid for keeper in keepers for pid in support.children(keeper)]}
        victims = self.random.choice([["trainer"], ["recorder"], ["trainer", "recorder"],
                                      ["recorder", "trainer"], ["recorder", "keeper"],
                                      ["keeper", "recorder", "trainer"], ["keeper"]])
        for victim in victims:
            self.kill_pids(victim, pids[victim])
        # The trainer's own end by SIGKILL is passed on as 137, by SIGPIPE (no keeper) as 125.
        self.end(None, process, (0, 137, 125))

    def let_pass(self, said, process):
        """Waits for a random moment between the start of the process and shortly after the end of
        the training."""
        moment = self.random.random()
        if moment < 0.3:
            time.sleep(self.random.uniform(0, 0.08))
            return
        word = self.random.choice(["pid", "run", "output", "finished", "end"])
        while process.poll() is None and not said.has(word):
            time.sleep(0.003)
        time.sleep(self.random.expovariate(1 / 0.01))

    def kill_pids(self, kind, pids):
        for pid in pids:
            if not support.is_alive(pid):
                continue
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:  # It has just ended by itself.
                continue
            self.killer.record_kill(kind)

    def main_or_none(self):
        """One in three is left alive: only what succeeds is acknowledged."""
        return self.random.choice(["main", "main", None])

    def kill_add(self):
        name = self.token + ".data"
        path = os.path.join(self.project.said_folder, name)
        with open(path, "wb") as file:
            file.write(support.content_of(name) * self.random.choice([1, 1, 20]))
        process = self.start([REPRISE, "add", path], self.main_or_none(), CALLS_MAX["add"])
        status, out, _ = self.end("add at a call", process)
        if status == 0:
            with self.killer.lock:
                self.killer.added.append((out.split()[0], path))

    def kill_add_of_folder(self):
        path = os.path.join(self.project.said_folder, self.token + ".folder")
        for number in range(FOLDER_FILES):
            folder = os.path.join(path, f"part{number % 7}")
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, f"{number}.txt"), "w", encoding="ascii") as file:
                file.write(f"{self.token} {number}\n" * (1 + number % 50))
        process = self.start([REPRISE, "add", path])
        deadline = time.monotonic() + self.random.uniform(0, self.random.choice(FOLDER_ADD_S_MAX))
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        if process.poll() is None:
            self.kill_pids("add of a folder", [process.pid])
        status, out, _ = self.end(None, process)
        if status == 0:
            with self.killer.lock:
                self.killer.added_folders.append((out.split()[0], path))

    def kill_note(self):
        text = f"said by {self.token}"
        process = self.start([REPRISE, "note", "@last", text], self.main_or_none(),
                             CALLS_MAX["note"])
        status, _, _ = self.end("note at a call", process, (0, 3))  # 3: there is no run yet.
        if status == 0:
            with self.killer.lock:
                self.killer.notes.append(text)

    def kill_read(self):
        command = self.random.choice([["runs"], ["show", "@last"], ["status"], ["fsck"],
                                      ["lineage", "up", "@last"], ["experiments"],
                                      ["ledger", "checkpoint"]])
        process = self.start([REPRISE, *command], "main", CALLS_MAX["read"])
        self.end(f"{command[0]} at a call", process, (0, 3))


def check_commands(project, killer, runs_by_id):
    notes = {note["text"] for run in runs_by_id.values() for note in run["notes"]}
    for text in killer.notes:
        check(text in notes, f"the note '{text}' is lost")
    for digest, path in killer.added:
        with open(path, "rb") as file:
            check(support.digest_of(file.read()) == digest, f"add told a wrong digest of {path}")
        out = project.run("cat", digest)
        check(support.digest_of(out.encode()) == digest, f"{digest} ({path}) is lost")


def check_added_folders(project, killer):
    entries = project.json("ledger", "show")["entries"]
    versions = collections.Counter(e["subject"] for e in entries if e["kind"] == "dataset")
    check(max(versions.values(), default=1) == 1, "a dataset is in the ledger twice")
    for digest, path in killer.added_folders:
        check(versions[digest] == 1, f"the dataset {digest} ({path}) is lost")
        restored = path + ".restored"
        project.run("restore", digest, restored)
        check(texts_below(restored) == texts_below(path), f"{digest} ({path}) is not what it was")


def texts_below(folder):
    texts = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            with open(path, encoding="ascii") as file:
                texts[os.path.relpath(path, folder)] = file.read()
    return texts


def test(project, seed, wanted):
    started_at = time.monotonic()
    killer = Killer(project, seed, wanted)
    workers = [threading.Thread(target=killer.work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if killer.failure is not None:
        raise support.Failure(f"attempt {killer.failure[0]}: {killer.failure[1]}")
    project.wait_for_quiet()
    killed_after_s = time.monotonic() - started_at
    project.run("runs")  # Recovers and adopts what the last attempts left.
    runs_by_id = support.check_store(project, killer.saids)
    check_commands(project, killer, runs_by_id)
    check_added_folders(project, killer)
    print(f"{killer.count()} kills in {killer.attempts} attempts, {killed_after_s:.0f} s; "
          f"{len(runs_by_id)} runs and {len(killer.added)} added files and "
          f"{len(killer.added_folders)} folders checked, "
          f"{time.monotonic() - started_at:.0f} s in all")
    for kind, number in sorted(killer.kills.items()):
        print(f"  {number:5} {kind}")


if __name__ == "__main__":
    SEED = os.environ.get("REPRISE_CRASH_SEED") or str(random.SystemRandom().randrange(10**9))
    WANTED = int(os.environ.get("REPRISE_CRASH_KILLS", KILLS_DEFAULT))
    print(f"REPRISE_CRASH_SEED={SEED} REPRISE_CRASH_KILLS={WANTED}", flush=True)
    sys.exit(support.main(test, SEED, WANTED))
