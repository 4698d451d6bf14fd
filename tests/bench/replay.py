"""Part of scripts/bench: what it costs that a run can be replayed, and the replay."""

import dataclasses
import datetime
import json
import os
import shutil
import statistics
import subprocess

from measure import Row, judge, output_of, run_with_cpu, show_all, show_seconds

PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's numpy.
# With one thread: ReproZip 1.1 gives up on a program that starts threads by clone3(2).
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
STRACE = ["strace", "-f", "--seccomp-bpf", "-e", "trace=%file", "-o", "/dev/null"]

NUMPY_JOB = """
import sys
import numpy
matrix = numpy.arange(250000.0).reshape(500, 500) / 250000.0
for _ in range(int(sys.argv[1])):
    product = matrix @ matrix
print(product.sum())
"""


@dataclasses.dataclass
class Cost:
    """Of one process with all that it waited for.  `inside`: of the command that it runs."""
    seconds: float
    cpu: float
    inside: float

    def plus(self, other):
        return Cost(self.seconds + other.seconds, self.cpu + other.cpu,
                    self.inside + other.inside)


class Project:
    """A folder with a store, and a command that is run in it."""

    def __init__(self, context, name, command, env=None):
        self.context = context
        self.command = command
        self.folder = os.path.join(context.folder, name)
        self.env = {**os.environ, **(env or {}), "REPRISE_BIN": context.tool}
        self.env["REPROZIP_USAGE_STATS"] = "off"
        os.makedirs(self.folder)

    def create_store(self):
        shutil.rmtree(os.path.join(self.folder, ".reprise"), ignore_errors=True)
        output_of([self.context.tool, "init", self.folder])

    def cost_of(self, command):
        seconds, cpu = run_with_cpu(command, folder=self.folder, env=self.env)
        return Cost(seconds, cpu, seconds)

    def native(self):
        return self.cost_of(self.command)

    def traced_by(self, tracer):
        return self.cost_of(tracer + self.command)

    def recorded(self):
        """`reprise run`; `inside` is from the start of the command to its end, as recorded."""
        cost = self.cost_of([self.context.tool, "--quiet", "run", "--"] + self.command)
        shown = json.loads(output_of([self.context.tool, "--json", "show", "@last"],
                                     cwd=self.folder, env=self.env))["run"]
        if shown["capture"]["level"] != "sealed":
            raise RuntimeError(f"the run is {shown['capture']['level']}, not sealed")
        begin, end = (datetime.datetime.fromisoformat(shown[at].replace("Z", "+00:00"))
                      for at in ("started_at", "ended_at"))
        cost.inside = (end - begin).total_seconds()
        return cost

    def recorded_first(self):
        self.create_store()
        return self.recorded()

    def rerun(self):
        return self.cost_of([self.context.tool, "--quiet", "rerun", "@last"])

    def reprozip(self, *, pack):
        if shutil.which("reprozip") is None:
            raise RuntimeError("reprozip is not installed; see scripts/setup --bench")
        folder = os.path.join(self.context.folder, "reprozip")
        archive = folder + ".rpz"
        shutil.rmtree(folder, ignore_errors=True)
        if os.path.exists(archive):
            os.remove(archive)
        cost = self.traced_by(["reprozip", "trace", "--overwrite", "-d", folder])
        if not pack:
            return cost
        return cost.plus(self.cost_of(["reprozip", "pack", "-d", folder, archive]))


class Rounds:
    """What the cases of interleaved rounds cost, and how much more than the one named native."""

    def __init__(self, cases, count):
        self.costs = {name: [] for name in cases}
        for _ in range(count):
            for name, case in cases.items():
                self.costs[name].append(case())

    def median(self, name, field="seconds"):
        return statistics.median(getattr(cost, field) for cost in self.costs[name])

    def more(self, name, field="seconds", *, relative=True):
        """The median over the rounds: each is compared with native in the same round."""
        native = "seconds" if field == "inside" else field
        pairs = zip(self.costs[name], self.costs["native"])
        return statistics.median(
            (getattr(ours, field) - getattr(base, native))
            / (getattr(base, native) if relative else 1) for ours, base in pairs)

    def noise(self, field="seconds", *, relative=True):
        """By how much the native ones differ among themselves, which should be equal."""
        costs = [getattr(cost, field) for cost in self.costs["native"]]
        return (max(costs) - min(costs)) / (statistics.median(costs) if relative else 1)


def percent(ratio):
    return f"{ratio * 100:+.1f} %"


def extra(seconds):
    return ("−" if seconds < 0 else "+") + show_seconds(abs(seconds))


def relative_rows(what, rounds, beside, target):
    """The command while it is recorded, and the whole process, which also stores what it used."""
    more = rounds.more("reprise", "inside")
    others = {name: percent(rounds.more(name)) for name in beside}
    yield Row(f"{what}: the command", percent(more),
              show_all({"native": show_seconds(rounds.median("native")), **others}, str),
              f"{percent(rounds.more('reprise', 'cpu'))} processor time of all",
              f"≤ {target * 100:.0f} %", judge(more, most=target, noise=rounds.noise()))
    yield Row(f"{what}: `reprise run` as a whole", extra(rounds.more("reprise", relative=False)))


def measure_training(context):
    """Computation with hardly any file: what a run pays for being traced at all."""
    example = context.built("sdk/examples/credit_risk/credit_risk")
    project = Project(context, "training", [
        example, "--data", "german_credit.csv", "--out", "out", "--rounds",
        str(context.pick(10_000, 3_000))])
    source = os.path.join(context.root, "sdk", "examples", "credit_risk", "data")
    with open(os.path.join(source, "german_credit.csv"), encoding="ascii") as file:
        head, *rows = file.readlines()
    with open(os.path.join(project.folder, "german_credit.csv"), "w", encoding="ascii") as file:
        file.writelines([head, *(rows * 4)])  # More work each round.
    project.create_store()
    # Alone the program looks for a recorder and starts one, which is not what is asked.
    untracked = ["env", "REPRISE_BIN=/nonexistent"] + project.command
    project.recorded()
    rounds = Rounds({"native": lambda: project.cost_of(untracked), "reprise": project.recorded},
                    context.pick(7, 3))
    yield from relative_rows("Training", rounds, (), 0.01)


def measure_loader(context):
    """Very many files: what each costs."""
    count = context.pick(10_000, 1_000)
    loader = context.built("tests/bench/load_files")
    steps = output_of([loader, "--calibrate"])
    data = os.path.join(context.folder, "images")
    os.makedirs(data)
    for number in range(count):
        with open(os.path.join(data, str(number)), "w", encoding="ascii") as file:
            file.write(f"{number}\n" * 100)
    project = Project(context, "loader", [loader, data, str(count), steps])
    project.create_store()
    project.recorded()  # The first stores the data.
    rounds = Rounds({"native": project.native, "reprise": project.recorded,
                     "strace": lambda: project.traced_by(STRACE),
                     "reprozip trace": lambda: project.reprozip(pack=False)},
                    context.pick(7, 3))
    yield from relative_rows(f"Two workers, {count:,} files of 1 ms", rounds,
                             ("strace", "reprozip trace"), 0.05)


def measure_numpy(context):
    """Very many libraries and modules, and little work: where recording shows most."""
    project = Project(context, "numpy", [PYTHON, "job.py", "100"], ONE_THREAD)
    with open(os.path.join(project.folder, "job.py"), "w", encoding="ascii") as file:
        file.write(NUMPY_JOB)
    rounds = Rounds({"native": project.native, "first": project.recorded_first,
                     "again": project.recorded, "rerun": project.rerun,
                     "reprozip": lambda: project.reprozip(pack=True)}, context.pick(7, 3))
    native = show_seconds(rounds.median("native"))
    reprozip = extra(rounds.more("reprozip", relative=False))
    for name, what in (("first", "first run into an empty store"), ("again", "second run")):
        more = rounds.more(name, relative=False)
        yield Row(f"`import numpy` job: {what}", extra(more),
                  f"native {native}, reprozip trace + pack {reprozip}",
                  f"{extra(rounds.more(name, 'cpu', relative=False))} processor time", "< 1 s",
                  judge(more, most=1, noise=rounds.noise(relative=False)))
    more = rounds.more("rerun", relative=False)
    yield Row("`rerun` of the `import numpy` job", show_seconds(rounds.median("rerun")),
              f"native {native}", extra(more))


def measure_sandbox(context):
    """From nothing to the end of true(1) inside, and all removed again."""
    count = context.pick(100_000, 10_000)
    program = context.built("tests/bench/sandbox_start")
    tree = os.path.join(context.folder, "tree")
    for number in range(count):
        folder = os.path.join(tree, str(number // 1000))
        if number % 1000 == 0:
            os.makedirs(folder)
        with open(os.path.join(folder, str(number)), "w", encoding="ascii") as file:
            file.write(f"{number}\n")
    for what, offered, ms_max in (("Sandbox around `true`", [], 50),
                                  (f"Sandbox with a tree of {count:,} files", [tree], 1000)):
        scratch = os.path.join(context.folder, f"sandbox{len(offered)}")
        os.makedirs(scratch)
        lines = output_of([program, str(context.pick(31, 11)), scratch, *offered]).split()
        ms = statistics.median(map(float, lines))
        yield Row(what, f"{ms:.1f} ms", "", "", f"≤ {ms_max} ms", ms <= ms_max)


def measure(context):
    for part in (measure_training, measure_loader, measure_numpy, measure_sandbox):
        try:
            yield from part(context)
        except (OSError, RuntimeError, ValueError, subprocess.CalledProcessError) as error:
            yield Row(part.__name__.replace("measure_", "Replay, "),
                      f"could not be measured: {str(error).strip()[-300:]}", target="measured",
                      passed=False)
