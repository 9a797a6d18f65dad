"""The plugin's scripts, served under /x/quiz/static/."""

from flask import Blueprint


class Scripts(Blueprint):
    """Static files without a version in their address: browsers ask each time whether theirs is still current."""

    def get_send_file_max_age(self, filename: str | None) -> int:
        return 0


blueprints = [Scripts("quiz", __name__, static_folder="static", static_url_path="/static")]
