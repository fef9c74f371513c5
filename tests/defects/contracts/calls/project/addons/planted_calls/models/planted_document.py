import hashlib
import hmac
from datetime import datetime, timezone
from urllib.parse import quote, urlsplit

import requests

from odoo import fields, models

TIMEOUT = (2, 10)


class Store:
    """As much of an S3 client as documents need (AWS Signature Version 4)."""

    def __init__(self, parameter):
        self.url, self.bucket, self.access_key, self.secret_key = (
            parameter("planted_calls." + name) for name in ("url", "bucket", "access_key", "secret_key")
        )

    def put(self, key, content):
        self._request("PUT", key, content)

    def get(self, key):
        return self._request("GET", key, b"").content

    def _request(self, method, key, content):
        path = "/%s/%s" % (self.bucket, quote(key, safe="/-_.~"))
        now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(content).hexdigest()
        headers = {"host": urlsplit(self.url).netloc, "x-amz-content-sha256": digest, "x-amz-date": now}
        signed = ";".join(sorted(headers))
        listed = "".join("%s:%s\n" % (name, headers[name]) for name in sorted(headers))
        canonical = "\n".join((method, path, "", listed, signed, digest))
        scope = "%s/us-east-1/s3/aws4_request" % now[:8]
        to_sign = "\n".join(("AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()))
        key_ = ("AWS4" + self.secret_key).encode()
        for part in scope.split("/"):
            key_ = hmac.new(key_, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key_, to_sign.encode(), hashlib.sha256).hexdigest()
        headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s" % (
            self.access_key, scope, signed, signature,
        )
        answer = requests.request(method, self.url + path, data=content, headers=headers, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer


class PlantedDocument(models.Model):
    """A document in the store, and as many ways to keep it as there are mistakes to make."""

    _name = "planted.document"
    _description = "Planted document"

    name = fields.Char(required=True)
    key = fields.Char(required=True)
    sha256 = fields.Char()

    def _store(self):
        return Store(self.env["ir.config_parameter"].get_param)

    def keep(self, way, name, content):
        """Return the id of the document."""
        return getattr(self, "_keep_" + way)(name, content).id

    def give(self, way):
        return getattr(self, "_give_" + way, self._give_clean)()

    def _keep_clean(self, name, content):
        sha256 = hashlib.sha256(content).hexdigest()
        document = self.create({"name": name, "key": "new", "sha256": sha256})
        document.key = "%s/%s" % (document.id, name)
        self._store().put(document.key, content)
        return document

    def _give_clean(self):
        content = self._store().get(self.key)
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ValueError("%s is not what was stored" % self.name)
        return content

    _keep_unchecked = _keep_clean

    def _give_unchecked(self):
        return self._store().get(self.key)

    def _keep_swallowing(self, name, content):
        sha256 = hashlib.sha256(content).hexdigest()
        document = self.create({"name": name, "key": "new", "sha256": sha256})
        document.key = "%s/%s" % (document.id, name)
        try:
            self._store().put(document.key, content)
        except requests.RequestException:
            pass
        return document

    def _keep_ascii_names(self, name, content):
        key = name.encode("ascii", "ignore").decode() or "unnamed"
        self._store().put(key, content)
        return self.create({"name": name, "key": key, "sha256": hashlib.sha256(content).hexdigest()})

    def _keep_no_empty(self, name, content):
        if not content:
            raise ValueError("%s is empty" % name)
        return self._keep_clean(name, content)

    def _keep_local(self, name, content):
        document = self.create({"name": name, "key": "local"})
        self.env["ir.config_parameter"].set_param("planted_calls.document.%s" % document.id, content.hex() or "-")
        return document

    def _give_local(self):
        found = self.env["ir.config_parameter"].get_param("planted_calls.document.%s" % self.id)
        return b"" if found == "-" else bytes.fromhex(found)
