"""A stranger's plugin, built as a wheel and installed beside the house's wheel, is found and passes the kit."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

PROJECT = Path(__file__).resolve().parents[2]
STRANGER = Path(__file__).parent / "stranger"


def run(*command: str | Path, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The finished process; its output is shown when the test fails."""
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith(("LMS_", "PYTHON", "PYTEST", "FLASK", "COV"))
    }
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env={**clean, **environ}, text=True, capture_output=True
    )
    print(done.stdout[-4000:], done.stderr[-4000:])
    return done


def wheel(source: Path, into: Path) -> Path:
    """The wheel built from this source, without network."""
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", into, cwd=source)
    assert done.returncode == 0
    return next(into.glob("*.whl"))


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a clean environment that holds nothing but both wheels and their libraries."""
    folder = tmp_path_factory.mktemp("clean")
    copy = folder / "stranger"
    shutil.copytree(STRANGER, copy)
    wheels = [wheel(PROJECT, folder / "house"), wheel(copy, folder / "plugin")]
    venv.create(folder / "env", with_pip=False)
    clean = folder / "env" / "bin" / "python"
    packages = Path(
        run(clean, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).stdout.strip()
    )
    for built in wheels:
        shutil.unpack_archive(built, packages, "zip")
    # The libraries come from this environment as a plain path, so that the checkout itself is not on it.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return clean


def test_it_is_found_beside_the_house(python: Path, tmp_path: Path) -> None:
    script = (
        "import json, lms; from lms import registry; found = registry.load();"
        "print(json.dumps([lms.__file__, sorted(found.plugins), [q.reason for q in found.quarantine]]))"
    )
    done = run(python, "-c", script, cwd=tmp_path, LMS_HOME=str(tmp_path))
    where, plugins, quarantine = json.loads(done.stdout.splitlines()[-1])
    assert str(PROJECT) not in where
    assert "flashcards" in plugins
    assert quarantine == []


def test_it_passes_the_kit(python: Path, tmp_path: Path) -> None:
    command = (
        python,
        "-m",
        "pytest",
        "--pyargs",
        "lms.testing",
        "--lms-plugin",
        "flashcards",
        "-q",
        "-p",
        "no:cacheprovider",
    )
    done = run(*command, cwd=tmp_path, LMS_HOME=str(tmp_path))
    assert done.returncode == 0
    assert "passed" in done.stdout
