"""Pages of certificates."""

from flask import Blueprint, flash, redirect, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from lms.web.chassis import asks, current_work, page, submit
from plugins.certificates import listing

bp = Blueprint("certificates", __name__)
blueprints = [bp]


@bp.get("/")
@asks("certificates.own")
def mine() -> str:
    return page("certificates/mine.html", certificates=listing.mine(current_work()))


@bp.get("/issued")
@asks("certificates.list")
def issued() -> str:
    text = request.args.get("text", "")
    number = request.args.get("page", 1, type=int)
    found, more = listing.issued(current_work(), text, number)
    return page("certificates/issued.html", certificates=found, more=more, text=text, number=number)


@bp.get("/<int:certificate_id>")
@asks("certificates.view")
def one(certificate_id: int) -> str:
    certificate = listing.one(current_work(), certificate_id)
    return page("certificates/one.html", certificate=certificate, said=certificate.snapshot, form=None)


@bp.get("/<int:certificate_id>.pdf")
@asks("certificates.view")
def pdf(certificate_id: int) -> BaseResponse:
    certificate, path = listing.pdf(current_work(), certificate_id)
    if path is None:
        flash(current_work()._("Das PDF wird gerade erstellt. Lade die Seite gleich noch einmal."))
        return redirect(url_for("certificates.one", certificate_id=certificate_id))
    return send_file(
        path,
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"Zertifikat-{certificate.number}.pdf",
    )


@bp.post("/<int:certificate_id>/revoke")
@asks("certificates.revoke")
def revoke(certificate_id: int) -> BaseResponse | tuple[str, int]:
    done, form = submit("certificates.revoke", certificate=certificate_id)
    if done is None:
        certificate = listing.one(current_work(), certificate_id)
        return page(
            "certificates/one.html", certificate=certificate, said=certificate.snapshot, form=form
        ), 422
    flash(current_work()._("Zertifikat widerrufen."))
    return redirect(url_for("certificates.one", certificate_id=certificate_id), 303)
