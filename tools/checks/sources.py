"""Rules for the product's Python files."""

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tools.checks.finding import FLOORS, ROOT, Finding, python_files

# Rules never see the web, so that forms, API, jobs and command line share them.
WEB = {"flask", "flask_login", "flask_wtf", "werkzeug"}
WEB_FILES = ("views.py", "cli.py")
WEB_FOLDERS = ("lms/app.py", "lms/command_line.py", "lms/run.py", "lms/web/", "lms/testing/")

# A cleaner that is called in one place can be replaced in one place.
CLEANERS = {"bleach", "nh3"}
CLEANER_FILE = "lms/html.py"

# One clock, so that tests and the time offset move all of it.
CLOCK_FILE = "lms/clock.py"
CLOCK_CALLS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.time",
    "time.localtime",
    "time.gmtime",
}

# Templates from strings are code from strings.
FORBIDDEN_CALLS = {"render_template_string": "write a template file instead"}

# A name that says nothing collects everything.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def check(root: Path = ROOT) -> Iterator[Finding]:
    """Every broken rule in the product's Python files."""
    for path in python_files(root):
        relative = path.relative_to(root).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=relative)
        yield from check_file(relative, tree)


def check_file(path: str, tree: ast.Module) -> Iterator[Finding]:
    """Every broken rule in one file, given as its path below the project and its syntax tree."""
    if PurePosixPath(path).stem in EMPTY_NAMES:
        yield Finding(path, 1, "a module is named after its noun, not after what was left over")
    yield from _imports(path, tree)
    yield from _late_imports(path, tree)
    yield from _calls(path, tree)


def _imports(path: str, tree: ast.Module) -> Iterator[Finding]:
    for line, name in _imported(tree):
        top = name.partition(".")[0]
        if top in CLEANERS and path != CLEANER_FILE:
            yield Finding(path, line, f"{top} belongs into {CLEANER_FILE}: call lms.html.clean")
        if top in WEB and not _sees_the_web(path):
            yield Finding(path, line, f"{top} belongs into lms/web/, views and cli files")


def _sees_the_web(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return parts[-1] in WEB_FILES or "views" in parts or path.startswith(WEB_FOLDERS)


def _late_imports(path: str, tree: ast.Module) -> Iterator[Finding]:
    """Our own modules imported inside functions: a cycle in disguise."""
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    for function in functions:
        for line, name in _imported(function):
            if name.partition(".")[0] in FLOORS:
                yield Finding(path, line, f"{name} is imported inside a function: turn the arrow instead")


def _calls(path: str, tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and path != CLOCK_FILE and _dotted(node.func) in CLOCK_CALLS:
            yield Finding(path, node.lineno, f"{_dotted(node.func)}() reads the clock: ask {CLOCK_FILE}")
        if isinstance(node, ast.Call):
            name = _dotted(node.func).rpartition(".")[2]
            if name in FORBIDDEN_CALLS:
                yield Finding(path, node.lineno, f"{name}: {FORBIDDEN_CALLS[name]}")


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, module) of every absolute import below this node."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""
