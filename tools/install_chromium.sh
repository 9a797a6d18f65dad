#!/bin/sh
# Makes sure that a headless Chromium is there: the system's, else Debian's by apt-get, else playwright's own.
set -eu

present() {
    for name in "${LMS_TEST_CHROMIUM:-chromium}" chromium-browser google-chrome-stable google-chrome; do
        command -v "$name" >/dev/null && return 0
    done
    return 1
}

# Ubuntu's package of that name is only a signpost to a snap, which does not run headless in a container.
debian() { [ -r /etc/os-release ] && . /etc/os-release && [ "$ID" = debian ]; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi
}

by_apt() {
    debian && command -v apt-get >/dev/null && as_root apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
}

by_playwright() {
    if [ "$(id -u)" = 0 ]; then .venv/bin/playwright install --with-deps chromium; else .venv/bin/playwright install chromium; fi
}

present && exit 0
printf '\n== Installing Chromium for the tests\n'
by_apt || by_playwright || {
    printf '\n!! The tests need a Chromium. Install one (Debian: sudo apt-get install chromium) and run make test again.\n' >&2
    exit 1
}
