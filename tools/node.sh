#!/bin/sh
# Runs node or npm in the front end's folder: the machine's own if it is new enough, else the one from PyPI.
# Usage: node.sh UV COMMAND [ARGUMENT...]
set -eu
uv=$1
shift
root=$(cd "$(dirname "$0")/.." && pwd)

new_enough() {
    command -v npm >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge 20 ]
}

if ! new_enough; then
    PATH=$root/.venv/bin:$PATH
    export PATH
    if ! new_enough; then
        echo "   no Node 20 or newer here: taking it from PyPI"
        (cd "$root" && "$uv" sync --quiet --frozen --inexact --no-default-groups --only-group node) || {
            printf '\n!! Node could not be installed. Install Node 20 or newer, or check the network; then run make again.\n' >&2
            exit 1
        }
    fi
fi
cd "$root/lms/frontend"
exec "$@"
