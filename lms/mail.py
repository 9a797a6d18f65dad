"""Mail: written from templates in the recipient's language, queued with the change, sent by a job.

`templates/mail/<name>.txt` begins with the subject line; `<name>.html` is shown beside it where there is one. A
plugin's own mails lie in its `templates/<plugin>/mail/` and are named '<plugin>/<name>'.
"""

import os
import secrets
import smtplib
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    TemplateNotFound,
    select_autoescape,
)

from lms.config import TEMPLATES, Config
from lms.contract import N_
from lms.errors import Invalid
from lms.people.models import Person

if TYPE_CHECKING:
    from lms.work import Work

LOCAL = ("localhost", "127.0.0.1", "::1")
TIMEOUT = 20  # seconds for each step of an SMTP conversation


def queue(work: "Work", to: Person | str, template: str, **values: Any) -> str:
    """The Message-ID of a mail that leaves once this work is committed; '' for somebody without an address.

    Words are chosen now, in the recipient's language, so that the mail says what was true at this moment.
    Raises Invalid for an address no mail can be sent to.
    """
    address = to if isinstance(to, str) else to.email or ""
    if not address:
        return ""
    name = "" if isinstance(to, str) else to.name
    _check(name, address)
    locale = work.locale if isinstance(to, str) else to.locale
    with work.speaking(locale):
        subject, text, html = _write(work, template, {"recipient": name, **values})
    host = urlsplit(work.house.config.base_url).hostname or "localhost"
    message_id = f"<{secrets.token_hex(16)}@{host}>"
    work.enqueue(
        "lms.send_mail",
        message_id=message_id,
        to=[name, address],
        subject=subject,
        text=text,
        html=html,
        locale=locale,
        date=work.now.isoformat(),
        template=template,
        person_id=None if isinstance(to, str) else to.id,
    )
    return message_id


def send(work: "Work", *, template: str, person_id: int | None, **letter: Any) -> None:
    """Job: hand a queued mail over to the mail server, or write it to a file; then note it in the audit log.

    Run again after a crash, it sends the same mail with the same Message-ID.
    """
    config = work.house.config
    message = compose(config, **letter)
    if config.mail == "file":
        _write_file(config.home / "mail", message, letter["date"])
    else:
        _deliver(urlsplit(config.mail), message)
    work.audit(
        "mail.sent", f"person:{person_id}" if person_id else "", template=template, id=letter["message_id"]
    )


def compose(
    config: Config,
    *,
    message_id: str,
    to: list[str],
    subject: str,
    text: str,
    html: str,
    locale: str,
    date: str,
) -> EmailMessage:
    """The mail as it travels. Raises Invalid if a line break would break out of a header."""
    message = EmailMessage(policy=SMTP)
    try:
        message["Message-ID"] = message_id
        message["Date"] = datetime.fromisoformat(date)
        message["From"] = Address("Lehrwerk", addr_spec=config.mail_from)
        message["To"] = Address(to[0], addr_spec=to[1])
        message["Subject"] = subject
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
    except (ValueError, MessageError, IndexError) as error:
        raise Invalid(N_("Diese Mail hat ungültige Kopfzeilen.")) from error
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    message["Content-Language"] = locale  # last: content headers move into the parts as they are added
    return message


def _check(name: str, address: str) -> None:
    """Raise Invalid unless this can stand in a To header. Only the form is looked at."""
    try:
        Address(name, addr_spec=address)
    except (ValueError, MessageError, IndexError) as error:
        raise Invalid(N_("An diese Adresse kann keine Mail gehen."), field="email") from error
    if any(ord(c) < 32 for c in name + address):
        raise Invalid(N_("An diese Adresse kann keine Mail gehen."), field="email")


def _write(work: "Work", template: str, values: Mapping[str, Any]) -> tuple[str, str, str]:
    """Subject, text and HTML ('' where the template has none)."""
    environment = _environment(tuple(p.package for p in work.house.registry.plugins.values()))
    plugin, _, name = template.rpartition("/")
    path = f"{plugin}/mail/{name}" if plugin else f"mail/{name}"
    values = {
        "_": work._,
        "locale": work.locale,
        "base_url": work.house.config.base_url,
        **values,
    }
    subject, _, text = environment.get_template(f"{path}.txt").render(values).partition("\n")
    try:
        html = environment.get_template(f"{path}.html").render(values)
    except TemplateNotFound as missing:
        if missing.name != f"{path}.html":
            raise
        html = ""
    return " ".join(subject.split()), text.strip() + "\n", html


@lru_cache(maxsize=4)
def _environment(packages: tuple[str, ...]) -> Environment:
    """Jinja without Flask: the project's templates first, so that an operator may override a plugin's mail."""
    loaders: list[BaseLoader] = [FileSystemLoader(TEMPLATES)]
    loaders += [PackageLoader(package) for package in packages if (files(package) / "templates").is_dir()]
    return Environment(
        loader=ChoiceLoader(loaders),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _write_file(folder: Path, message: EmailMessage, date: str) -> None:
    """One .eml per mail, whole or not at all. The name is made from the mail, so that a repeat replaces it."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = datetime.fromisoformat(date).strftime("%Y%m%d-%H%M%S")
    target = folder / f"{stamp}-{message['Message-ID'].strip('<>').partition('@')[0]}.eml"
    draft = target.with_suffix(".part")
    with draft.open("wb") as file:
        file.write(message.as_bytes())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)


def _deliver(server: SplitResult, message: EmailMessage) -> None:
    """Send over smtp:// (with STARTTLS where it is offered) or smtps://. A password never travels in the clear."""
    host, user = server.hostname or "localhost", unquote(server.username or "")
    with _connection(server, host) as connection:
        encrypted = isinstance(connection.sock, ssl.SSLSocket)
        if user and not encrypted and host not in LOCAL:
            raise smtplib.SMTPNotSupportedError(
                "the mail server offers no encryption; the password was not sent"
            )
        if user:
            connection.login(user, unquote(server.password or ""))
        connection.send_message(message)


def _connection(server: SplitResult, host: str) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(host, server.port or 0, timeout=TIMEOUT, context=context)
    connection = smtplib.SMTP(host, server.port or 0, timeout=TIMEOUT)
    connection.ehlo()
    if connection.has_extn("starttls"):
        connection.starttls(context=context)
    return connection
