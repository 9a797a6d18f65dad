"""What a check has found, and where the sources lie."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("lms", "courses", "plugins")


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule at one place."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def python_files(root: Path = ROOT) -> Iterator[Path]:
    """The Python files of the product, without the front end's build scripts."""
    for floor in FLOORS:
        for path in sorted((root / floor).rglob("*.py")):
            if "node_modules" not in path.parts and "frontend" not in path.parts:
                yield path


def template_files(root: Path = ROOT) -> Iterator[Path]:
    """The product's HTML templates."""
    folders = [
        root / "templates",
        *(root / "plugins").glob("*/templates"),
        *(root / "courses").glob("templates"),
    ]
    for folder in folders:
        yield from sorted(folder.rglob("*.html"))
