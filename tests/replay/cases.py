"""The cases of the replay corpus: what README.md and case.toml of each folder say, checked.

docs/replay_corpus.md explains every key.
"""

import dataclasses
import os
import re
import tomllib

FOLDER = os.path.dirname(os.path.abspath(__file__))
GROUPS = ("quick", "full")
VERDICTS = ("identical", "equivalent", "within_noise", "diverged", "not_comparable", "incomplete")
README_LINES = ("Does", "Uses", "Why", "Expected")
# What `build`, `run`, `env`, `beside`, `before_rerun`, `inputs` and `outputs` may name.
PLACES = ("project", "outside", "home", "python", "beside")
_PLACE = re.compile(r"@([a-z]+)@")
_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


class CaseError(Exception):
    """A case that is not well-formed; says which, where and why."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One program, how it is run, and what its rerun must come to."""
    name: str
    does: str  # From README.md.
    group: str
    run: list
    verdict: list  # Any of these.
    debian: list = dataclasses.field(default_factory=list)
    pip: list = dataclasses.field(default_factory=list)
    tools: list = dataclasses.field(default_factory=list)
    files: list = dataclasses.field(default_factory=list)
    build: str = ""
    env: dict = dataclasses.field(default_factory=dict)
    keep: list = dataclasses.field(default_factory=list)
    umask: str = "022"
    start: str = "."
    git: bool = False
    through_symlink: bool = False
    beside: list = dataclasses.field(default_factory=list)
    before_rerun: str = ""
    exit: int = 0
    inputs: list = dataclasses.field(default_factory=list)
    outputs: list = dataclasses.field(default_factory=list)
    blind_spots: list = dataclasses.field(default_factory=list)
    differs: list = dataclasses.field(default_factory=list)
    reason: str = ""
    run_reason: str = ""
    natively: str = ""
    seconds_max: int = 120

    @property
    def folder(self):
        return os.path.join(FOLDER, self.name)

    @property
    def is_deterministic(self):
        """Whether it is deterministic by nature: nothing but `identical` is right."""
        return self.verdict == ["identical"]

    @property
    def expected_natively(self):
        """How two runs of the bare program on this machine compare: same, differs or any."""
        return self.natively or {("identical",): "same", ("diverged",): "differs"}.get(
            tuple(self.verdict), "any")

    def mentions(self, place):
        texts = [self.build, self.before_rerun, *self.run, *self.env.values(), *self.beside,
                 *self.inputs, *self.outputs]
        return any(f"@{place}@" in text for text in texts)


# Key of case.toml: its type.  Those of [needs] stand below their own names in Case.
KEYS = {field.name: str(field.type) for field in dataclasses.fields(Case)
         if field.name not in ("name", "does")}
NEEDS = ("debian", "pip", "tools", "files")
_TYPES = {"list": list, "dict": dict, "str": str, "bool": bool, "int": int}


def replace_places(text, places):
    """`text` with @project@ and the like replaced."""
    return _PLACE.sub(lambda match: places.get(match[1], match[0]), text)


def _read_does(folder, name):
    """The line "Does: …" of README.md, whose form is checked."""
    path = os.path.join(folder, "README.md")
    if not os.path.isfile(path):
        raise CaseError(f"{name}: there is no README.md")
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    if lines[:2] != [f"# {name}", ""]:
        raise CaseError(f'{name}/README.md:1: begins with "# {name}" and an empty line')
    paragraphs = dict(line.split(": ", 1) for line in lines if re.match(r"[A-Z]\w+: \S", line))
    for key in README_LINES:
        if key not in paragraphs:
            raise CaseError(f'{name}/README.md: no line begins with "{key}: "')
    return paragraphs["Does"]


def _check(case):
    """Raises CaseError where the values do not fit together."""
    def refuse(why):
        raise CaseError(f"{case.name}/case.toml: {why}")

    if case.group not in GROUPS:
        refuse(f"group is one of {', '.join(GROUPS)}")
    if not case.run:
        refuse("run is empty")
    if not case.verdict or any(verdict not in VERDICTS for verdict in case.verdict):
        refuse(f"verdict is one of {', '.join(VERDICTS)}, or a list of them")
    if case.natively not in ("", "same", "differs", "any"):
        refuse("natively is one of same, differs, any")
    if case.is_deterministic and (case.differs or case.reason):
        refuse("a rerun that is identical has nothing that differs and no reason")
    if not case.is_deterministic and not case.reason:
        refuse("a rerun that is not identical needs a reason")
    if case.group == "quick" and (case.debian or case.pip):
        refuse("the group quick needs no packages beyond those of scripts/setup")
    if not re.fullmatch(r"[0-7]{3}", case.umask):
        refuse("umask is three octal digits")
    for pattern in (case.reason, case.run_reason):
        try:
            re.compile(pattern)
        except re.error as error:
            refuse(f"'{pattern}' is no regular expression: {error}")
    texts = [case.build, case.before_rerun, *case.run, *case.env.values(), *case.beside,
             *case.inputs, *case.outputs]
    for text in texts:
        if not isinstance(text, str):
            refuse(f"{text!r} should be a string")
        for place in _PLACE.findall(text):
            if place not in PLACES:
                refuse(f"@{place}@ is none of {', '.join(PLACES)}")
    if case.mentions("beside") and not case.beside:
        refuse("@beside@ is named, and there is no `beside`")
    if case.mentions("python") != bool(case.pip):
        refuse("@python@ is the interpreter that has the packages of needs.pip")


def read_case(folder):
    """The case of a folder.  Raises CaseError."""
    name = os.path.basename(folder)
    if not _NAME.fullmatch(name):
        raise CaseError(f"{name}: a case is named in small letters, digits and single underscores")
    path = os.path.join(folder, "case.toml")
    try:
        with open(path, "rb") as file:
            values = tomllib.load(file)
    except FileNotFoundError:
        raise CaseError(f"{name}: there is no case.toml") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaseError(f"{name}/case.toml: {error}") from None
    needs = values.pop("needs", {})
    for key in needs:
        if key not in NEEDS:
            raise CaseError(f"{name}/case.toml: unknown key 'needs.{key}'")
    for key in values:
        if key not in KEYS or key in NEEDS:
            raise CaseError(f"{name}/case.toml: unknown key '{key}'")
    for key in ("group", "run", "verdict"):
        if key not in values:
            raise CaseError(f"{name}/case.toml: there is no '{key}'")
    if isinstance(values["verdict"], str):
        values["verdict"] = [values["verdict"]]
    values |= needs
    for key, value in values.items():
        wanted = re.search(r"list|dict|str|bool|int", KEYS[key])[0]
        if type(value) is not _TYPES[wanted]:  # A boolean is no integer here.
            raise CaseError(f"{name}/case.toml: '{key}' should be of type {wanted}")
    case = Case(name=name, does=_read_does(folder, name), **values)
    _check(case)
    return case


def case_folders(root=FOLDER):
    """The folders of all cases, by name."""
    return [entry.path for entry in sorted(os.scandir(root), key=lambda entry: entry.name)
            if entry.is_dir() and entry.name != "__pycache__"]


def read_all(root=FOLDER):
    """All cases, by name.  Raises CaseError."""
    return [read_case(folder) for folder in case_folders(root)]


def markdown_table(cases):
    """The table of docs/replay_corpus.md."""
    rows = ["| program | group | verdict | what it does |", "| --- | --- | --- | --- |"]
    for case in cases:
        does = case.does.replace("|", "\\|")
        rows.append(f"| `{case.name}` | {case.group} | {' or '.join(case.verdict)} | {does} |")
    return "\n".join(rows) + "\n"
