"""`python -m tools.checks`: all house rules; ends with 1 when one is broken."""

import sys

from tools.checks import sources, templates, words

CHECKS = {"sources": sources.check, "templates": templates.check, "translations": words.check}


def main() -> int:
    """Print every finding, sorted by place."""
    broken = 0
    for name, check in CHECKS.items():
        findings = sorted(set(check()))
        broken += len(findings)
        for finding in findings:
            print(finding)
        print(f"{name}: {len(findings) or 'nothing'} to mend")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
