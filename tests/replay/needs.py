"""What the cases need of the machine: Debian packages, tools, files, Python packages."""

import os
import shutil
import subprocess
import sys


def _installed():
    """The names of the installed Debian packages; none on another system."""
    if not shutil.which("dpkg-query"):
        return set()
    listed = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"],
                            check=False, capture_output=True, text=True).stdout
    return {line.split()[0] for line in listed.splitlines() if line.endswith(" installed")}


def _as_root():
    return [] if os.geteuid() == 0 else ["sudo"]


class Needs:
    """What is there; made once, before any case is run."""

    def __init__(self, cache):
        self._cache = cache  # The folder of the virtual environment.
        self._packages = _installed()
        self._pip_problem = ""
        self.python = os.path.join(cache, "venv", "bin", "python3")

    def install(self, cases):
        """Installs the Debian packages that the cases lack.  What fails is missing afterwards."""
        wanted = sorted({name for case in cases for name in case.debian} - self._packages)
        if not wanted or not shutil.which("apt-get"):
            return
        print(f"replay-corpus: installing {' '.join(wanted)}", file=sys.stderr)
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        apt = [*_as_root(), "apt-get", "-q", "-y"]
        subprocess.run([*apt, "update"], check=False, stdout=subprocess.DEVNULL)
        subprocess.run([*apt, "--no-install-recommends", "install", *wanted], check=False,
                       env=environment, stdout=subprocess.DEVNULL)
        self._packages = _installed()

    def make_python(self, cases):
        """Makes the virtual environment with the Python packages of the cases."""
        wanted = sorted({name for case in cases for name in case.pip})
        if not wanted:
            return
        commands = [["/usr/bin/python3", "-m", "venv", os.path.join(self._cache, "venv")],
                    [self.python, "-m", "pip", "install", "-q", "--only-binary", ":all:",
                     "--disable-pip-version-check", *wanted]]
        for command in commands:
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode != 0:
                last = (done.stderr or done.stdout).strip().splitlines()
                self._pip_problem = f"{command[1:3]} failed: {last[-1] if last else 'silently'}"
                return

    def lacking(self, case):
        """Why a case cannot be run here, or nothing."""
        packages = [name for name in case.debian if name not in self._packages]
        if packages:
            return f"not installed: {', '.join(packages)} (--install)"
        tools = [name for name in case.tools if not shutil.which(name)]
        if tools:
            return f"no such program: {', '.join(tools)}"
        files = [name for name in case.files if not os.path.exists(name)]
        if files:
            return f"no such file: {', '.join(files)}"
        return self._pip_problem if case.pip else ""
