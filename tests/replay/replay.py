"""Runs a case under `reprise run`, runs it again with `reprise rerun`, and judges both."""

import base64
import fnmatch
import json
import os
import re

import outcome
import processes
import world as worlds


def _text(value):
    """A string of our JSON; one that is no UTF-8 stands in it as base64."""
    if isinstance(value, dict):
        return os.fsdecode(base64.b64decode(value["value"]))
    return value


def _paths(listed):
    return [_text(entry["path"]) for entry in listed]


class Replay:
    """One case in its world, under the command."""

    def __init__(self, world, options):
        self._world = world
        self._case = world.case
        self._options = options

    def _reprise(self, cwd, *arguments):
        """Runs the command; returns how it ended and its JSON record, or None."""
        environment = self._world.environment()
        finished = processes.finish([self._options.reprise, "--json", *arguments], cwd, environment,
                                    self._case.seconds_max, self._case.umask)
        try:
            record = json.loads(finished.out)
        except ValueError:
            record = None
        if isinstance(record, dict) and "error" in record:
            raise processes.CommandError(
                f"`reprise {arguments[0]}`: {record['error']['message']}")
        return finished, record

    def record(self):
        """`reprise run`.  Returns the record of the run.  Raises CommandError."""
        case, world = self._case, self._world
        self._reprise(world.project, "init")
        kept = [*case.keep, *worlds.real_environment()]
        options = [word for name in kept for word in ("--env", name)]
        if self._options.declared:
            # Nothing is traced, so what the trace should find is named.
            for option, patterns in (("-i", case.inputs), ("-o", case.outputs)):
                for pattern in patterns:
                    if not re.search(r"[*?[]", pattern):
                        path = os.path.join(world.project, world.replace(pattern))
                        options += [option, os.path.relpath(path, world.start)
                                    if path.startswith(world.project) else path]
            options += ["--capture", "declared"]
        finished, record = self._reprise(world.start, "run", *options, "--", *world.command())
        if finished.status != case.exit:
            raise processes.CommandError(f"the run exited with {finished.status}, not "
                                         f"{case.exit}: {finished.last_words()}")
        if record is None:
            raise processes.CommandError(f"`reprise run` gave no JSON: {finished.last_words()}")
        return record["run"]

    def judge_record(self, run, result):
        """Compares what was seen of the run with what the case expects."""
        case, world = self._case, self._world
        if self._options.declared:
            return
        inputs = _paths(run["inputs"])
        missing = [path for path in map(world.replace, case.inputs) if path not in inputs]
        if missing:
            result.fail(f"not among the inputs: {outcome.shown(missing)}")
        outcome.check_outputs(result, [world.replace(pattern) for pattern in case.outputs],
                              _paths(run["outputs"]))
        blind_spots = sorted(spot.split(":")[0] for spot in run["capture"]["blind_spots"])
        if blind_spots != sorted(case.blind_spots):
            result.fail(f"blind spots {blind_spots}, not {sorted(case.blind_spots)}")
        if not re.search(case.run_reason, json.dumps(run, ensure_ascii=False)):
            result.fail(f"the run does not say /{case.run_reason}/")

    def rerun(self, run):
        """`reprise rerun`.  Returns the verdict.  Raises CommandError."""
        if self._case.before_rerun:
            self._world.shell(self._case.before_rerun, "before_rerun")
        elif not self._options.on_host:
            # Whatever the rerun has, it has from the store.
            self._world.wipe()
        options = ["--on-host"] if self._options.on_host else []
        finished, record = self._reprise(self._world.project, "rerun", run["id"], *options)
        if record is None:
            raise processes.CommandError(f"`reprise rerun` gave no JSON: {finished.last_words()}")
        verdict = record["verdict"]
        reproduced = verdict["result"] in ("identical", "equivalent", "within_noise")
        if finished.status != (0 if reproduced else 1):
            raise processes.CommandError(f"`reprise rerun` exited with {finished.status} for the "
                                         f"verdict {verdict['result']}")
        return verdict

    def judge_verdict(self, verdict, result):
        """Compares the verdict and its reasons with what the case expects."""
        case = self._case
        result.verdict = verdict["result"]
        text = json.dumps(verdict, ensure_ascii=False)
        if result.verdict not in case.verdict:
            states = [f"{ascii(_text(entry['path']))} {entry['state']}"
                      for entry in verdict["outputs"] if entry["state"] != "identical"]
            reasons = states + verdict["missing"] + verdict["outside_reads"]
            result.fail(f"{result.verdict}, not {' or '.join(case.verdict)}"
                        + (f": {'; '.join(reasons[:5])}" if reasons else ""))
        elif result.verdict != "identical":
            if not re.search(case.reason, text):
                result.fail(f"the reason is not /{case.reason}/: {text[:300]}")
            self._judge_differing(verdict, result)
        if verdict["outside_reads"] and not self._options.on_host:
            result.fail(f"reads outside of the capture: {verdict['outside_reads'][:3]}")

    def _judge_differing(self, verdict, result):
        """Of a rerun that diverged: what differs is what the case says, and nothing else."""
        case = self._case
        if result.verdict != "diverged":
            return
        differing = [_text(entry["path"]) for entry in verdict["outputs"]
                     if entry["state"] != "identical"]
        unforeseen = [path for path in differing
                      if not any(fnmatch.fnmatchcase(path, pattern) for pattern in case.differs)]
        # Where other verdicts are right as well, less may differ.
        absent = [pattern for pattern in case.differs if case.verdict == ["diverged"]
                  and not fnmatch.filter(differing, pattern)]
        if unforeseen:
            result.fail(f"differs, too: {outcome.shown(unforeseen)}")
        if absent:
            result.fail(f"does not differ: {outcome.shown(absent)}")


def check(case, options):
    """Runs and reruns a case.  Returns an Outcome."""
    result = outcome.Outcome(case)
    folder = os.path.join(options.work, case.name)
    with worlds.fresh_world(case, folder, options.python_of(case), options.keep) as world:
        world.begin_beside()
        replay = Replay(world, options)
        run = replay.record()
        replay.judge_record(run, result)
        replay.judge_verdict(replay.rerun(run), result)
    return result
