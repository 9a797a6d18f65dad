#!/bin/sh
# Puts uv into .uv/, an environment of its own, with the pip that comes with Python. Usage: install_uv.sh PYTHON
set -eu
python=$1

fail() { printf '\n!! %s\n' "$1" >&2; exit 1; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    fail "Lehrwerk needs Python 3.11 or newer; '$python' is not. Try: make PYTHON=python3.12"
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    # Debian and Ubuntu keep pip apart.
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
        fail "Python's pip is missing. Install it: sudo apt-get install python3-venv"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
fi
rm -rf .uv
"$python" -m venv .uv
.uv/bin/pip install --quiet --disable-pip-version-check 'uv>=0.9,<1' ||
    fail "uv could not be installed. Is the network there? Then run make again."
