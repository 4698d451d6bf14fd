"""Timing for scripts/bench: processes, interleaved rounds, and the table of results."""

import dataclasses
import os
import statistics
import subprocess
import sys
import time


def run(command, *, folder=None, env=None):
    """Runs `command` to its end, without output; returns its seconds.

    Raises RuntimeError with the last of what it said when its exit status is not 0.
    """
    return run_with_cpu(command, folder=folder, env=env)[0]


def run_with_cpu(command, *, folder=None, env=None):
    """As run(); returns (seconds, processor seconds of it and of all whom it waited for)."""
    with open(os.path.join(os.environ["BENCH_FOLDER"], "stderr"), "w+b") as errors:
        os.sync()  # What an earlier process has left to write is not this one's to wait for.
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace").strip()[-500:]
            raise RuntimeError(f"{' '.join(command[:4])} … ended with {process.returncode}: {said}")
    return seconds, usage.ru_utime + usage.ru_stime


# A process is charged with the memory of whoever started it, so the one that starts it is small.
_PEAK_PROGRAM = """
import os, sys
child = os.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as file:
    file.write(str(usage.ru_maxrss * 1024))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run_with_peak(command, **options):
    """As run(); returns (seconds, largest resident set in bytes)."""
    report = os.path.join(os.environ["BENCH_FOLDER"], "peak")
    seconds = run([sys.executable, "-I", "-S", "-c", _PEAK_PROGRAM, report, *command], **options)
    with open(report, encoding="ascii") as file:
        return seconds, int(file.read())


def output_of(command, **options):
    """What `command` prints on stdout, without the space around it."""
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          **options).stdout.strip()


def interleave(cases, rounds):
    """Calls each of `cases` (name -> function that returns a number) in turn, `rounds` times.

    Whatever disturbs the machine disturbs all of them.  Returns name -> median.
    """
    values = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            values[name].append(case())
    return {name: statistics.median(numbers) for name, numbers in values.items()}


def timed(command, **options):
    """A case for interleave(): the seconds of `command`."""
    return lambda: run(command, **options)


UNUSABLE = "unusable"


def judge(more, *, most, noise):
    """Whether a cost of `more` beside doing without is at most `most`; all in one unit.

    Nothing costs less than nothing: a figure below zero is the error of the measurement.  Where
    that error is beyond `noise`, by which figures that should be equal differ, or beyond what is
    asked for, the answer is UNUSABLE: something else disturbed the machine.
    """
    if more < -min(noise, most):
        return UNUSABLE
    return more <= most


@dataclasses.dataclass
class Row:
    """One line of the table.  `passed` is None where there is no target, and UNUSABLE where what
    was measured cannot be."""
    what: str
    ours: str
    beside: str = ""
    ratio: str = ""
    target: str = ""
    passed: bool | str | None = None

    def markdown(self):
        result = {True: "pass", False: "**miss**", None: "", UNUSABLE: "**unusable**"}[self.passed]
        cells = [self.what, self.ours, self.beside, self.ratio, self.target, result]
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


TABLE_HEAD = ("| What | Reprise | Beside it | Ratio | Target | Result |\n"
              "| --- | --- | --- | --- | --- | --- |")


def show_seconds(seconds):
    if seconds < 1e-6:
        return f"{seconds * 1e9:.3g} ns"
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds:.3g} s"


def show_bytes(size):
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.4g} {name}"
    return f"{size} B"


def show_all(figures, show):
    """For the column beside ours: "restic 3.1 s, borg 4.4 s"."""
    return ", ".join(f"{name} {show(value)}" for name, value in figures.items())


def size_of(folder):
    """Bytes of all files below `folder`."""
    return sum(os.lstat(os.path.join(parent, name)).st_size
               for parent, _, names in os.walk(folder) for name in names)
