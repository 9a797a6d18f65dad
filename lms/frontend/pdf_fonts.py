"""TTF files for the PDF renderer, made from fontsource's woff2 (typst reads no woff2).

One file per style, Latin and Latin Extended merged, so that names like Łukasz or Şahin set in one font.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools.merge import Merger
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
PACKAGE = HERE / "node_modules/@fontsource/atkinson-hyperlegible-next"
TARGET = HERE.parent / "static/dist/fonts-pdf"
STYLES = {
    "Regular": (400, "normal"),
    "Italic": (400, "italic"),
    "Bold": (700, "normal"),
    "BoldItalic": (700, "italic"),
}


def unpack(subset: str, weight: int, slope: str, folder: Path) -> str:
    """The path of one woff2 file unpacked to TTF."""
    font = TTFont(
        PACKAGE / f"files/atkinson-hyperlegible-next-{subset}-{weight}-{slope}.woff2", recalcTimestamp=False
    )
    font.flavor = None
    path = folder / f"{subset}.ttf"
    font.save(path)
    return str(path)


def convert(style: str, weight: int, slope: str) -> None:
    """Write one merged style; its bytes depend on nothing but the package."""
    with TemporaryDirectory() as folder:
        parts = [unpack(subset, weight, slope, Path(folder)) for subset in ("latin", "latin-ext")]
        merged = Merger().merge(parts)
        merged.recalcTimestamp = False
        first = TTFont(parts[0], recalcTimestamp=False)["head"]
        merged["head"].created, merged["head"].modified = first.created, first.modified
        merged.save(TARGET / f"AtkinsonHyperlegibleNext-{style}.ttf")


def main() -> None:
    """Convert all styles and lay the licence beside them."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for style, (weight, slope) in STYLES.items():
        convert(style, weight, slope)
    (TARGET / "LICENSE-OFL.txt").write_bytes((PACKAGE / "LICENSE").read_bytes())


if __name__ == "__main__":
    main()
