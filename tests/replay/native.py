"""Whether a case is deterministic by nature on this machine: the bare program, run twice."""

import hashlib
import os

import outcome
import processes
import world as worlds


def _describe(path):
    """What of a file would be a result, and what tells that it was written again."""
    status = os.lstat(path)
    kind = worlds.kind_of(status)
    content = ""
    if kind == "file":
        with open(path, "rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
    elif kind == "symlink":
        content = os.readlink(path)
    executable = bool(status.st_mode & 0o100)
    return (kind, content, executable), (status.st_mtime_ns, status.st_ino)


def _snapshot(world):
    """Every file below the folders of the case, by the path that a run would give it."""
    found = {}
    for prefix, root in world.roots():
        for folder, subfolders, names in os.walk(root):
            subfolders[:] = [name for name in subfolders if name not in (".git", "__pycache__")]
            links = [name for name in subfolders if os.path.islink(os.path.join(folder, name))]
            for name in names + links:
                path = os.path.join(folder, name)
                found[prefix + os.path.relpath(path, root)] = _describe(path)
    return found


def _run_once(world):
    """The results of one run: its status, stdout, and the files that it made or changed."""
    case = world.case
    world.lay_out()
    before = _snapshot(world)
    world.begin_beside()
    try:
        finished = processes.finish(world.command(), world.start, world.environment(),
                                    case.seconds_max, case.umask)
    finally:
        world.end_beside()
    if finished.status != case.exit:
        raise processes.CommandError(f"exited with {finished.status}, not {case.exit}: "
                                     f"{finished.last_words()}")
    after = _snapshot(world)
    files = {path: described[0] for path, described in after.items()
             if before.get(path) != described and described[0][0] != "other"}
    if case.beside:
        # Nothing tells here who changed an input.
        for path in set(case.inputs) - set(case.outputs):
            files.pop(path, None)
    return finished.out, files


def check(case, options):
    """Runs a case twice and compares.  Returns an Outcome."""
    result = outcome.Outcome(case)
    folder = os.path.join(options.work, case.name)
    with worlds.World(case, folder, options.python_of(case), options.keep) as world:
        first_out, first = _run_once(world)
        second_out, second = _run_once(world)
        outcome.check_outputs(result, [world.replace(pattern) for pattern in case.outputs],
                              list(first))
    differing = sorted(path for path in first.keys() | second.keys()
                       if first.get(path) != second.get(path))
    if first_out != second_out:
        differing.append("(stdout)")
    result.verdict = "differs" if differing else "same"
    wanted = case.expected_natively
    if wanted not in ("any", result.verdict):
        result.fail(f"two runs should be {wanted}"
                    + (f", and differ in {', '.join(differing[:5])}" if differing else ""))
    unforeseen = [path for path in differing if path not in case.differs and path != "(stdout)"]
    if wanted == "differs" and unforeseen:
        result.fail(f"nothing is said of what differs in {', '.join(unforeseen[:5])}")
    return result
