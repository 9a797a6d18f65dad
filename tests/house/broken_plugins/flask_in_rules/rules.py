"""Wrong on purpose."""

from flask import request

from lms.work import Work


def act(work: Work) -> str:
    work.commit()
    return request.path
