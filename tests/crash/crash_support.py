"""What the crash tests share: a project with a store, and the comparison of what training programs
said they reported (trainer.cc) with what the store holds."""

import collections
import concurrent.futures as futures
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

REPRISE = os.environ["REPRISE_BIN"]
TRAINER = os.environ["CRASH_TRAINER"]
KILL_POINT = os.environ["CRASH_KILL_POINT"]

# How long anything may take that is expected to end.  Only a bug waits so long.
PATIENCE_S = 60


class Failure(Exception):
    """A promise that was not kept."""


def check(holds, message):
    if not holds:
        raise Failure(message)


def kill_variables(role, call, tally):
    """The variables of a program that is killed before that call (kill_point.cc)."""
    return {"LD_PRELOAD": KILL_POINT, "REPRISE_KILL_POINT": f"{role} {call} {tally}",
            "ASAN_OPTIONS": "verify_asan_link_order=0"}


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        check(time.monotonic() < deadline, f"waited {PATIENCE_S} s in vain until {what}")
        time.sleep(0.005)


CHILD_SERIES = "t9"  # Of the forked child of a training program (trainer.cc).


class Said:
    """What one training program acknowledged."""

    def __init__(self, folder, token):
        self.folder = folder
        self.token = token
        self.path = os.path.join(folder, token + ".said")

    def lines(self):
        try:
            with open(self.path, encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            return []
        return [line.split(" ", 1) for line in text.split("\n")[:-1]]

    def first(self, word):
        return next((rest[0] for head, *rest in self.lines() if head == word), None)

    def has(self, word):
        return any(head == word for head, *_ in self.lines())


def is_alive(pid):
    """A zombie is dead."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


class Project:
    """A folder with a store.  Every process started through it can be found again by a variable
    in its environment, which its children inherit."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="reprise-crash-")
        self.folder = os.path.join(self.root, "project")
        self.said_folder = os.path.join(self.root, "said")
        self.store = os.path.join(self.folder, ".reprise")
        self.mark = f"REPRISE_CRASH_MARK={os.path.basename(self.root)}"
        os.mkdir(self.folder)
        os.mkdir(self.said_folder)
        with open(os.path.join(self.folder, "train.py"), "w", encoding="ascii") as file:
            file.write("print('the code of the project')\n")
        self.run("init")

    def environment(self, kill_point=None):
        environment = dict(os.environ)
        for name in ("REPRISE_STORE", "REPRISE_RUN_DIR", "REPRISE_RUN_ID"):
            environment.pop(name, None)
        environment["REPRISE_BIN"] = REPRISE
        environment["REPRISE_CRASH_MARK"] = self.mark.split("=")[1]
        if kill_point is not None:
            environment.update(kill_variables(*kill_point))
        return environment

    def start(self, arguments, kill_point=None):
        return subprocess.Popen(arguments, cwd=self.folder, env=self.environment(kill_point),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def finish(self, process):
        """Its exit status, stdout and stderr.  Reads no longer than the process lives: what it
        leaves behind may hold the pipes open."""
        for stream in (process.stdout, process.stderr):
            os.set_blocking(stream.fileno(), False)
        texts = {process.stdout: b"", process.stderr: b""}

        def drained():
            ended = process.poll() is not None
            for stream in texts:
                texts[stream] += stream.read() or b""
            return ended

        wait_until(drained, f"{process.args[:2]} has ended")
        for stream in texts:
            stream.close()
        return process.returncode, *(text.decode(errors="replace") for text in texts.values())

    def run(self, *arguments):
        """Runs a command of reprise that must succeed; its stdout."""
        status, out, err = self.finish(self.start([REPRISE, *arguments]))
        check(status == 0, f"`reprise {' '.join(arguments)}` exited with {status}: {err}")
        return out

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json"))

    def processes(self):
        """The pids of all processes that carry the mark."""
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) == os.getpid() or not is_alive(name):
                continue
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    if self.mark.encode() in file.read().split(b"\0"):
                        found.append(int(name))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                pass
        return found

    def wait_for_quiet(self):
        wait_until(lambda: not self.processes(), f"no process with {self.mark} is left")

    def remove(self):
        shutil.rmtree(self.root)


def content_of(name):
    return "".join(f"{name} {line}\n" for line in range(300)).encode()


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def check_run(project, said, run):
    """The run holds everything that was acknowledged, unaltered, and nothing that was not
    reported."""
    token = said.token
    acknowledged = collections.Counter()
    logged = []
    for word, *rest in said.lines():
        rest = rest[0] if rest else ""
        if word == "metric":
            acknowledged[rest.split()[0]] += 1
        elif word == "log":
            logged.append(rest)
        elif word == "param":
            key, value = rest.split()
            check(run["params"].get(key) == float(value), f"{token}: parameter {rest} is lost")
        elif word == "tag":
            key, value = rest.split()
            check(run["tags"].get(key) == value, f"{token}: tag {rest} is lost")
        elif word == "note":
            check(any(note["text"] == rest for note in run["notes"]), f"{token}: {rest} is lost")
        elif word == "output":
            outputs = [output for output in run["outputs"] if output["path"].endswith("/" + rest)]
            check([output["digest"] for output in outputs] == [digest_of(content_of(rest))],
                  f"{token}: output {rest} is lost or altered: {outputs}")
    check_points(project, said, run, acknowledged)
    stored = project.run("log", run["id"], "--sdk").splitlines() if logged else []
    for text in logged:
        check(any(line.endswith(" " + text) for line in stored), f"{token}: log '{text}' is lost")


def check_points(project, said, run, acknowledged):
    if not said.has("child"):
        # A run ends with its command.  A child that outlived it may have said more than is stored.
        acknowledged = collections.Counter(acknowledged)
        del acknowledged[CHILD_SERIES]
    if not run["metrics"]:
        check(not acknowledged, f"{said.token}: all points are lost")
        return
    series = project.json("metrics", run["id"])["metrics"]
    for key in set(acknowledged) | set(series):
        points = series.get(key, [])
        # The last call of a killed program had recorded its point, but not yet returned.
        if key != CHILD_SERIES or key in acknowledged:
            check(acknowledged[key] <= len(points) <= acknowledged[key] + 1,
                  f"{said.token}: {acknowledged[key]} points of {key} were acknowledged and "
                  f"{len(points)} are stored (run {run['id']})")
        for step, point in enumerate(points):
            wanted = (step + 1) / 7.0 + int(key[1:])
            check((point["step"], point["value"]) == (step, wanted),
                  f"{said.token}: point {step} of {key} is {point}")


def check_store(project, saids):
    """What must hold of a store that nobody uses any more, whatever was killed before.  Returns
    its runs by id."""
    runs = project.json("runs", "--limit", "0")["runs"]
    by_id = {run["id"]: run for run in runs}
    check(len(by_id) == len(runs), "a run is listed twice")
    entries = project.json("ledger", "show")["entries"]
    subjects = collections.Counter(e["subject"] for e in entries if e["kind"] == "run")
    check(set(subjects) == set(by_id), "the ledger and the catalog know different runs")
    check(all(count == 1 for count in subjects.values()), "a run is in the ledger twice")
    check(not os.listdir(os.path.join(project.store, "inbox")),
          f"the inbox is not empty: {os.listdir(os.path.join(project.store, 'inbox'))}")
    names = os.path.join(project.store, "names")
    for name in os.listdir(names):
        run = by_id.get(os.readlink(os.path.join(names, name)))
        check(run is not None and run["name"] == name, f"the name {name} belongs to no run")
    check(len(os.listdir(names)) == len(runs), "a run has lost its name")
    project.run("fsck", "--read-data")
    with futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for checked in [pool.submit(check_said, project, said, by_id) for said in saids]:
            checked.result()
    return by_id


def check_said(project, said, runs_by_id):
    run_id = said.first("run")
    if run_id is None:
        return  # Nothing was promised.
    check(run_id in runs_by_id, f"{said.token}: run {run_id} is lost")
    run = runs_by_id[run_id]
    check(run["status"] != "running", f"{said.token}: run {run_id} never ended")
    check_run(project, said, run)


def main(test, *arguments):
    """Runs `test(project, …)`; a failure names the folder, which is then kept."""
    project = Project()
    try:
        test(project, *arguments)
    except Failure as failure:
        print(f"FAILED: {failure}\nthe store and what the programs said: {project.root}",
              file=sys.stderr)
        return 1
    project.remove()
    return 0
