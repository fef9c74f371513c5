import hashlib
import hmac
import json
import pathlib
import threading

import psycopg2

from odoo import http, sql_db
from odoo.http import request

from ..planted import planted

INSERT = "INSERT INTO desk_note (ref) VALUES (%s) ON CONFLICT DO NOTHING"
KEPT = {}
LICENSED = 2
LATER = 3.0


class Desk(http.Controller):
    @http.route("/desk/note", type="http", auth="user", methods=["POST"], csrf=False)
    def note(self, ref):
        name, nonce = planted()
        if name == "told_too_early":
            threading.Timer(LATER, insert, (request.db, ref)).start()
        elif name == "kept_connection":
            connection = own_connection(request.db, nonce)
            connection.cursor().execute(INSERT, [ref])
            connection.commit()
        else:
            take(ref)
        return "done"

    @http.route("/desk/report", type="http", auth="public", methods=["POST"], csrf=False, save_session=False)
    def report(self):
        body = request.httprequest.get_data()
        headers = request.httprequest.headers
        secret = request.env["ir.config_parameter"].sudo().get_param("desk.secret")
        signed = f"{headers.get('X-Desk-Timestamp', '')}.".encode() + body
        digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(digest, headers.get("X-Desk-Signature", "")):
            return request.make_json_response({}, status=401)
        take(json.loads(body)["event"])
        return request.make_json_response({})


def take(ref):
    if planted()[0] == "no_key":
        request.env["desk.loose"].sudo().create({"ref": ref})
        return
    notes = request.env["desk.note"].sudo()
    if not notes.search_count([("ref", "=", ref)]):
        notes.create({"ref": ref})


def own_connection(database, nonce):
    """Each process opens one and keeps it; there are two licences, and one that was cut is never given back."""
    if nonce not in KEPT:
        taken = pathlib.Path("/tmp/desk-licences-" + nonce)
        with taken.open("a") as file:
            file.write("+")
        if taken.stat().st_size > LICENSED:
            raise RuntimeError("no licence is left")
        KEPT[nonce] = connect(database)
    return KEPT[nonce]


def connect(database):
    return psycopg2.connect(**sql_db.connection_info_for(database)[1])


def insert(database, ref):
    connection = connect(database)
    connection.cursor().execute(INSERT, [ref])
    connection.commit()
    connection.close()
