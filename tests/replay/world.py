"""What a case finds when it runs: a fresh copy of its folder, a home, files elsewhere."""

import contextlib
import os
import select
import shutil
import stat
import subprocess
import tempfile

import cases
import processes

# Folders of which a file is scratch to whoever runs there, and no output.
_TEMPORARY = ("/tmp", "/var/tmp", "/run", "/dev/shm")
_BUILD_SECONDS_MAX = 300
_BESIDE_SECONDS_MAX = 20


def remove_tree(path):
    """Removes a folder with all below it, whatever its permission bits are."""
    for folder, _, _ in os.walk(path):
        os.chmod(folder, 0o700)
    shutil.rmtree(path, ignore_errors=True)


def real_environment():
    """Variables of this machine that programs need to compute right, and that a run keeps."""
    # On some processors old releases of OpenBLAS choose a kernel that computes wrong results.
    return {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")}


def is_temporary(path):
    folders = (*_TEMPORARY, os.environ.get("TMPDIR", "/tmp"))
    return any((os.path.realpath(path) + "/").startswith(folder.rstrip("/") + "/")
               for folder in folders)


def lacking(case, work):
    """Why there is no place for the files of a case when others lie in `work`, or nothing."""
    home = os.path.expanduser("~")
    if case.mentions("outside") and is_temporary(work) and (
            is_temporary(home) or not os.access(home, os.W_OK)):
        return f"no place outside of temporary folders: {home} cannot be written (--work)"
    return ""


class World:
    """The folders of one case below `folder`; a context, at whose end they are gone.

    A rerun has the paths of the run, so what is laid out again lies where it lay before.
    """

    def __init__(self, case, folder, python, keeps_folders=False):
        self.case = case
        self.folder = folder
        self.project = os.path.join(folder, "project")
        self.home = os.path.join(folder, "home")
        self.outside = os.path.join(folder, "outside")
        self._outside_parent = None
        self._keeps_folders = keeps_folders
        self.places = {"project": self.project, "home": self.home, "outside": self.outside}
        if python:
            self.places["python"] = python
        self._beside = None

    def __enter__(self):
        os.makedirs(self.folder)
        if self.case.mentions("outside") and is_temporary(self.folder):
            self._outside_parent = tempfile.mkdtemp(prefix="reprise-replay-",
                                                    dir=os.path.expanduser("~"))
            self.outside = os.path.join(self._outside_parent, "outside")
            self.places["outside"] = self.outside
        return self

    def __exit__(self, *_):
        self.end_beside()
        if self._keeps_folders:
            return
        remove_tree(self.folder)
        if self._outside_parent:
            remove_tree(self._outside_parent)

    @property
    def start(self):
        """The folder in which the command runs, as it is named to it."""
        root = os.path.join(self.folder, "link") if self.case.through_symlink else self.project
        return os.path.normpath(os.path.join(root, self.case.start))

    def environment(self):
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                       "HOME": self.home, "LC_ALL": "C.UTF-8", "PWD": self.start}
        environment |= real_environment()
        environment |= {name: self.replace(value) for name, value in self.case.env.items()}
        return environment

    def replace(self, text):
        return cases.replace_places(text, self.places)

    def command(self):
        return [self.replace(word) for word in self.case.run]

    def lay_out(self):
        """Makes the folders anew and builds in them.  Raises CommandError."""
        for folder in (self.project, self.home, self.outside):
            if os.path.lexists(folder):
                remove_tree(folder)
        # The times of the files are kept: for make and for archives they are content.
        shutil.copytree(self.case.folder, self.project, symlinks=True,
                        ignore=lambda folder, names: {"case.toml", "README.md", "__pycache__"}
                        & set(names))
        os.makedirs(self.home)
        os.makedirs(self.outside)
        if self.case.through_symlink and not os.path.lexists(os.path.join(self.folder, "link")):
            os.symlink("project", os.path.join(self.folder, "link"))
        if self.case.build:
            self.shell(self.case.build, "build")
        if self.case.git:
            # Of one time, so that the commit has one name.
            self.shell("export GIT_AUTHOR_DATE='@1700000000 +0000' "
                       "GIT_COMMITTER_DATE='@1700000000 +0000'; "
                       "git init -q . && git add -A && git -c user.name=Replay "
                       "-c user.email=replay@example.org commit -q -m 'As it is run'", "git")

    def shell(self, script, what):
        """Runs a line of shell in the project.  Raises CommandError."""
        finished = processes.finish(["sh", "-euc", self.replace(script)], self.project,
                                    self.environment(), _BUILD_SECONDS_MAX)
        if finished.status != 0:
            raise processes.CommandError(
                f"{what} ended with status {finished.status}: {finished.last_words()}")

    def begin_beside(self):
        """Starts the program that runs beside the case, whose first line is @beside@."""
        if not self.case.beside:
            return
        self._beside = processes.start([self.replace(word) for word in self.case.beside],
                                       self.project, self.environment(), stdout=subprocess.PIPE)
        # A program that says nothing must not keep everybody waiting.
        said, _, _ = select.select([self._beside.stdout], [], [], _BESIDE_SECONDS_MAX)
        line = self._beside.stdout.readline() if said else b""
        if not line:
            self.end_beside()
            raise processes.CommandError(f"{self.case.beside} did not say that it is ready")
        self.places["beside"] = line.decode().strip()

    def end_beside(self):
        if self._beside:
            processes.end_group(self._beside)
            self._beside.stdout.close()
            self._beside = None

    def wipe(self):
        """Removes whatever the run could see, but the store and its keys."""
        for folder, kept in ((self.project, ".reprise"), (self.home, ".config"),
                             (self.outside, None)):
            for entry in os.scandir(folder):
                if entry.name == kept:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    remove_tree(entry.path)
                else:
                    os.unlink(entry.path)

    def roots(self):
        """The folders in which the case may leave results: the prefix of a path, and where."""
        return (("", self.project), (self.outside + "/", self.outside))


@contextlib.contextmanager
def fresh_world(case, folder, python, keeps_folders):
    """A World that is laid out."""
    with World(case, folder, python, keeps_folders) as world:
        world.lay_out()
        yield world


def kind_of(status):
    return {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "symlink"}.get(
        stat.S_IFMT(status.st_mode), "other")
