"""The conformance kit over every bundled plugin: the very tests that plugin authors run."""

from lms.testing.test_conformance import *  # noqa: F403
