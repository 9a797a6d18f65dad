"""E10: pictures of lessons are for those in the course; leaving it ends that at once."""

import pytest

from courses.models import Enrolment
from lms.work import Work
from tests.town import VISITOR, Town, picture


def uploaded(town: Town, use: str) -> str:
    """The address of a new picture of the course, uploaded by its trainer."""
    answer = town.post(
        "academy_trainer",
        f"/teach/courses/{town.ids['course']}/files?use={use}",
        {"file": (picture(), "bild.png"), "use": ""},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["url"])


@pytest.mark.parametrize("who", ["apprentice", "academy_trainer", "office"])
def test_a_picture_of_a_lesson_is_seen_by_those_in_the_course_and_those_who_teach_it(
    town: Town, who: str
) -> None:
    assert town.ask(who, "GET", uploaded(town, "lesson")).status_code == 200


@pytest.mark.parametrize(("who", "status"), [(VISITOR, 302), ("participant", 404), ("company_trainer", 404)])
def test_a_picture_of_a_lesson_is_hidden_from_everybody_else(town: Town, who: str, status: int) -> None:
    assert town.ask(who, "GET", uploaded(town, "lesson")).status_code == status


def test_who_leaves_the_course_sees_its_pictures_no_more(town: Town, town_work: Work) -> None:
    address = uploaded(town, "lesson")
    town_work.session.get_one(Enrolment, town.ids["enrolment_apprentice"]).state = "ended"
    town_work.session.commit()
    assert town.ask("apprentice", "GET", address).status_code == 404


def test_a_picture_of_the_description_is_as_public_as_the_course(town: Town) -> None:
    assert town.ask(VISITOR, "GET", uploaded(town, "")).status_code == 200


def test_a_use_we_do_not_know_is_refused(town: Town) -> None:
    answer = town.post(
        "academy_trainer",
        f"/teach/courses/{town.ids['course']}/files?use=person",
        {"file": (picture(), "bild.png")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
