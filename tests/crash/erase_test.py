"""Kills `reprise erase` before each of its calls that can change a file.  Whatever is left: either
the bytes and no tombstone, or the next command has removed the bytes."""

import hashlib
import os
import shutil
import subprocess
import sys

from crash_support import REPRISE, check, kill_variables, main


def holds(folder, marker):
    for root, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                if marker in file.read():
                    return True
    return False


def reprise(project, *arguments, environment=None):
    return subprocess.run([REPRISE, *arguments], cwd=project, capture_output=True, text=True,
                          env=environment, check=False)


def prepare(folder, marker):
    os.mkdir(folder)
    check(reprise(folder, "init").returncode == 0, "no store")
    with open(os.path.join(folder, "secret.bin"), "wb") as file:
        file.write(marker + os.urandom(300_000))
    with open(os.path.join(folder, "other.bin"), "wb") as file:
        file.write(os.urandom(50_000))
    os.mkdir(os.path.join(folder, "data"))
    for name in ("secret.bin", "other.bin"):
        os.rename(os.path.join(folder, name), os.path.join(folder, "data", name))
    check(reprise(folder, "add", "data", "--name", "data").returncode == 0, "nothing added")
    check(reprise(folder, "note", "data", marker.hex()).returncode == 0, "no note")


def attempt(base, copy, digest, call, tally, notes):
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(base, copy)
    with open(os.path.join(copy, "data", "secret.bin"), "rb") as file:
        marker = file.read(32)
    sought = marker.hex().encode() if notes else marker
    environment = os.environ | kill_variables("main", call, tally)
    what = ["data", "--notes"] if notes else [digest]
    done = reprise(copy, "erase", *what, "--reason", "request 17", environment=environment)
    about = f"call {call}{' of notes' if notes else ''}"
    shown = reprise(copy, "ledger", "verify")
    check(shown.returncode == 0, f"{about}: the ledger is not whole: {shown.stderr}")
    is_there = holds(os.path.join(copy, ".reprise"), sought)
    is_told = "erasure" in reprise(copy, "ledger", "show").stdout
    check(is_told != is_there, f"{about}: told is {is_told}, there is {is_there}")
    whole = reprise(copy, "fsck", "--read-data")
    check(whole.returncode == 0, f"{about}: {whole.stdout}")
    check(not os.path.exists(os.path.join(copy, ".reprise", "erasing")), f"{about}: a plan is left")
    other = subprocess.run([REPRISE, "cat", "data:other.bin"], cwd=copy, capture_output=True,
                           check=False)
    with open(os.path.join(copy, "data", "other.bin"), "rb") as file:
        wanted = file.read()
    check(other.stdout == wanted, f"{about}: another file has changed")
    return done.returncode, is_told


def test(project):
    base = os.path.join(project.root, "base")
    copy = os.path.join(project.root, "copy")
    tally = os.path.join(project.root, "tally")
    marker = os.urandom(32)
    prepare(base, marker)
    with open(os.path.join(base, "data", "secret.bin"), "rb") as file:
        digest = "sha256:" + hashlib.sha256(file.read()).hexdigest()
    for notes in (False, True):
        if os.path.exists(tally):
            os.remove(tally)
        status, told = attempt(base, copy, digest, 0, tally, notes)
        check(status == 0 and told, f"it does not work unharmed: {status}")
        with open(tally, encoding="ascii") as file:
            calls = int(file.read().split()[-1])
        check(calls > 20, f"it makes {calls} calls only")
        outcomes = set()
        # Evenly spread, so that the test takes no longer where there are more of them.
        step = max(1, calls // int(os.environ.get("REPRISE_CRASH_ERASURES", "60")))
        for call in range(1, calls + 1, step):
            outcomes.add(attempt(base, copy, digest, call, tally, notes)[1])
        check(outcomes == {False, True}, f"all kills left the same: {outcomes}")
        print(f"{calls} calls, each {step}th killed")


if __name__ == "__main__":
    sys.exit(main(test))
