"""The blueprint of people, made in one place because several files add views to it."""

from typing import Any

from flask import Blueprint, request, url_for

from lms.people.directory import Listing

people = Blueprint("people", __name__)


def neighbours(endpoint: str, listing: Listing) -> dict[str, str]:
    """The addresses of the pages before and after this one, with the filters in use; '' at either end."""

    def address(number: int) -> str:
        filters: dict[str, Any] = {**request.args.to_dict(), "page": number}
        return url_for(endpoint, **filters)

    return {
        "previous_url": address(listing.page - 1) if listing.page > 1 else "",
        "next_url": address(listing.page + 1) if listing.page < listing.pages else "",
    }
