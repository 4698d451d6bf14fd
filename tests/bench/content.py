"""Part of scripts/bench: adding, re-adding and restoring a tree, beside backup programs."""

import hashlib
import json
import os
import shutil

from measure import (Row, interleave, output_of, run, show_all, show_bytes, show_seconds, size_of,
                     timed)


def make_tree(folder, size_bytes_max, source="/usr/lib"):
    """Copies regular files of `source` to `folder` until the size is reached; (files, bytes).

    They are taken in the order of the SHA-256 of their paths: large and small, text and code, and
    the same ones on every machine that has them.
    """
    found = {}
    for parent, _, names in os.walk(source):
        for name in names:
            path = os.path.join(parent, name)
            stat = os.lstat(path)
            if os.path.isfile(path) and not os.path.islink(path):
                found.setdefault((stat.st_dev, stat.st_ino), (path, stat.st_size))
    files = total = 0
    for path, size in sorted(found.values(),
                             key=lambda entry: hashlib.sha256(os.fsencode(entry[0])).digest()):
        if total + size > size_bytes_max:
            continue
        copy = os.path.join(folder, os.path.relpath(path, source))
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copy2(path, copy)
        files += 1
        total += size
    return files, total


def warm(folder):
    """Reads all files into the page cache, from which borg drops what it has read."""
    for parent, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(parent, name), "rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass


class Reprise:
    def __init__(self, tool, folder):
        self.tool, self.store = tool, os.path.join(folder, "reprise")
        self.repository = os.path.join(self.store, ".reprise")

    def create(self):
        os.makedirs(self.store)
        run([self.tool, "init", self.store])

    def add(self, tree):
        return run([self.tool, "--store", self.store, "--quiet", "add", "--name", "tree",
                    tree])

    def restore(self, tree, target):
        artifact = self.artifact(tree)
        return run([self.tool, "--store", self.store, "--quiet", "restore", artifact,
                    target])

    def artifact(self, tree):
        """The digest of the tree: an unchanged one is added without reading anything."""
        added = json.loads(output_of([self.tool, "--store", self.store, "--json", "add", tree]))
        return added["artifacts"][0]["digest"]


class Restic:
    def __init__(self, folder):
        self.repository = os.path.join(folder, "restic")
        self.env = dict(os.environ, RESTIC_PASSWORD="bench", RESTIC_REPOSITORY=self.repository,
                        RESTIC_CACHE_DIR=os.path.join(folder, "restic-cache"))

    def create(self):
        # Version 2 compresses; version 1 does not.
        run(["restic", "init", "--repository-version", "2"], env=self.env)

    def add(self, tree):
        return run(["restic", "backup", "--quiet", "."], folder=tree, env=self.env)

    def restore(self, _tree, target):
        return run(["restic", "restore", "--quiet", "latest", "--target", target],
                   env=self.env)


class Borg:
    def __init__(self, folder):
        self.repository = os.path.join(folder, "borg")
        self.count = 0
        self.env = dict(os.environ, BORG_REPO=self.repository,
                        BORG_BASE_DIR=os.path.join(folder, "borg-base"),
                        BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="yes")

    def create(self):
        run(["borg", "init", "--encryption", "none"], env=self.env)

    def add(self, tree):
        self.count += 1
        return run(["borg", "create", f"::{self.count}", "."], folder=tree, env=self.env)

    def restore(self, _tree, target):
        os.makedirs(target)
        return run(["borg", "extract", f"::{self.count}"], folder=target, env=self.env)


def measure(context):
    folder = os.path.join(context.folder, "content")
    tree = os.path.join(folder, "tree")
    os.makedirs(tree)
    files, size = make_tree(tree, context.pick(2 << 30, 300 << 20))
    context.note(f"tree of {files} files, {show_bytes(size)}, copied from /usr/lib")
    tools = {"reprise": lambda: Reprise(context.tool, folder),
             "restic": lambda: Restic(folder), "borg": lambda: Borg(folder)}
    yield from measure_add(context, tools, tree)
    programs = {name: make() for name, make in tools.items()}
    yield from measure_readd(context, programs, tree)
    yield from measure_restore(context, programs, tree, os.path.join(folder, "restored"))
    shutil.rmtree(folder)


def beside_ours(seconds, ours="reprise"):
    return {name: value for name, value in seconds.items() if name != ours}


def measure_add(context, tools, tree):
    stored = {}

    def first_add(name):
        program = tools[name]()
        shutil.rmtree(getattr(program, "store", program.repository), ignore_errors=True)
        if name == "borg":
            shutil.rmtree(program.env["BORG_BASE_DIR"], ignore_errors=True)
        program.create()
        warm(tree)
        seconds = program.add(tree)
        stored[name] = size_of(program.repository)
        return seconds

    seconds = interleave({name: lambda name=name: first_add(name) for name in tools},
                         context.pick(3, 1))
    others = beside_ours(seconds)
    fastest = min(others, key=others.get)
    ratio = others[fastest] / seconds["reprise"]
    yield Row("First `add` of the tree", show_seconds(seconds["reprise"]),
              show_all(others, show_seconds), f"{ratio:.2f}× faster than {fastest}", "≥ 2×",
              ratio >= 2)
    share = stored["reprise"] / stored[fastest]
    yield Row("Bytes that it stores", show_bytes(stored["reprise"]),
              show_all(beside_ours(stored), show_bytes), f"{share:.3f} of {fastest}'s",
              f"no more than {fastest}", share <= 1)


def measure_readd(context, programs, tree):
    programs["borg"].count = 1  # Its first archive has that name.
    cases = {name: lambda program=program: program.add(tree) for name, program in programs.items()}
    cases["find"] = timed(["find", tree, "-printf", "%s %T@\\n"])
    seconds = interleave(cases, context.pick(9, 5))
    ratio = seconds["reprise"] / seconds["find"]
    yield Row("`add` of the unchanged tree", show_seconds(seconds["reprise"]),
              show_all(beside_ours(seconds), show_seconds), f"{ratio:.2f} of find's", "≤ 1.5",
              ratio <= 1.5)


def measure_restore(context, programs, tree, target):
    # Nothing is deleted before the end: for some minutes after that a file system finds new inodes
    # more slowly, whoever asks.
    def into_new_folder(restore, sources):
        def case():
            warm(sources)
            return restore(os.path.join(target, str(len(os.listdir(target)))))
        return case

    os.makedirs(target)
    cases = {name: into_new_folder(lambda folder, program=program: program.restore(tree, folder),
                                   program.repository)
             for name, program in programs.items()}
    cases["cp -a"] = into_new_folder(lambda folder: run(["cp", "-a", tree, folder]), tree)
    seconds = interleave(cases, context.pick(3, 1))
    ratio = seconds["reprise"] / seconds["cp -a"]
    yield Row("`restore` of the tree", show_seconds(seconds["reprise"]),
              show_all(beside_ours(seconds), show_seconds), f"{ratio:.2f} of cp's")
