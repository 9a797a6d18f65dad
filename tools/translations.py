"""`python -m tools.translations`: put every German text that has no English yet into its package's en.po, empty."""

from pathlib import Path, PurePosixPath

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from tools.checks.finding import ROOT
from tools.checks.words import Text, catalogues, texts


def owner(path: str) -> PurePosixPath:
    """The package whose catalogue holds the texts of this file."""
    parts = PurePosixPath(path).parts
    if parts[0] == "plugins":
        return PurePosixPath(*parts[:2])
    if parts[0] == "templates":
        return PurePosixPath(parts[1] if parts[1] == "courses" else "lms")
    return PurePosixPath(parts[0])


def missing(root: Path = ROOT) -> dict[Path, list[tuple[str, int, Text]]]:
    """Catalogue -> (path, line, text) of what it should hold and does not."""
    known = catalogues(root)
    wanted: dict[Path, list[tuple[str, int, Text]]] = {}
    for path, line, text in texts(root):
        if text not in known:
            wanted.setdefault(root / owner(path) / "translations" / "en.po", []).append((path, line, text))
    return wanted


def main() -> None:
    """Write the catalogues and say what is left to translate."""
    for file, found in sorted(missing().items()):
        catalogue = Catalog(
            locale="en", header_comment="# English for this package; the German source is the msgid."
        )
        if file.exists():
            with file.open("rb") as source:
                catalogue = read_po(source, locale="en")
        for path, line, text in found:
            catalogue.add(text, locations=[(path, line)])
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as target:
            write_po(target, catalogue, width=0, sort_output=False, omit_header=False, include_lineno=False)
        print(f"{file.relative_to(ROOT)}: {len({text for *_, text in found})} texts to translate")


if __name__ == "__main__":
    main()
