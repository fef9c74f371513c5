"""What is taken for a secret, and what is not."""

from __future__ import annotations

import pytest

from odoo_gate.secrets import TextFile, files_of, scan

AWS = "AKIA" + "QYLPMN5HNLAKZ7XR"
GITHUB = "ghp_" + "0123456789abcdefABCDEF0123456789abcd"


def found(path, text, *, is_demo=False):
    return [(secret.line, secret.kind) for secret in scan([TextFile(path, text, is_demo)])]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a/models/x.py", 'password = fields.Char("Password", help="the password")'),
        ("a/models/x.py", 'api_key = os.environ["API_KEY"]'),
        ("a/models/x.py", 'token = self.env["ir.config_parameter"].get_param("portal.token")'),
        ("a/models/x.py", 'KEY_FIELD = "access_token"'),
        ("a/models/x.py", 'PASSWORD_URL = "/web/reset_password"'),
        ("a/models/x.py", "alphabet = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'"),
        ("a/tests/test_x.py", 'password = "hunter2-of-the-test"'),
        ("a/views/x.xml", '<odoo><record model="ir.ui.view" id="v"><field name="arch"><field name="password" '
                          'password="True"/></field></record></odoo>'),
        ("a/data/x.xml", '<odoo><record model="ir.config_parameter" id="p"><field name="key">a.secret</field>'
                         '<field name="value" eval="str(uuid.uuid4())"/></record></odoo>'),
        ("odoo.conf", "[options]\n; db_password = not this one\ndb_password = ${DB_PASSWORD}\nproxy_mode = True\n"),
        ("compose.yaml", "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD_FILE: /run/secrets/x\n"),
        ("k8s.yaml", "kind: Deployment\nenv:\n- name: DB_PASSWORD\n  valueFrom: {secretKeyRef: {name: a, key: b}}\n"),
        ("gate.toml", '[attest]\nsigning_key = ".odoo-gate/demo-key.pem"\n'),
        ("poetry.lock", 'content-hash = "c3Rvb3Jkb29yZ3JvbmRzbGFnZW5lbWFpbHRvZXJlbg9X2q"\n'),
    ],
)  # fmt: skip
def test_what_only_speaks_of_secrets_is_none(path, text):
    assert found(path, text) == []


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("a/models/x.py", f'x = 1\nKEY = "{AWS}"', 2),
        ("a/tests/test_x.py", f'KEY = "{AWS}"', 1),
        ("a/static/src/x.js", f"const key = '{GITHUB}'", 1),
        ("a/models/x.py", 'smtp_password = "kraan-7781-zand"', 1),
        ("a/data/x.xml", '<odoo>\n<function model="ir.config_parameter" name="set_param" '
                         "eval=\"('portal.client_secret', 'kraan-7781')\"/></odoo>", 2),
        ("a/data/x.xml", '<odoo><record model="fetchmail.server" id="m">\n<field name="password">kraan-7781</field>'
                         "</record></odoo>", 2),
        ("a/data/ir.config_parameter.csv", "id,key,value\np,a.url,http://x\nq,a.api_key,kraan-7781\n", 3),
        ("a/data/res.users.csv", "id,login,password\nu,foreman,kraan-7781\n", 2),
        ("odoo.conf", "[options]\nadmin_passwd = kraan-7781\n", 2),
        (".env", "A=1\nexport PORTAL_TOKEN='kraan-7781'\n", 2),
        ("redis.conf", "requirepass kraan-7781\n", 1),
        ("compose.yaml", "services:\n  db:\n    environment: [POSTGRES_PASSWORD=kraan-7781]\n", 3),
        ("app.yaml", "url: redis://:kraan-7781@redis:6379/0\n", 1),
        ("k8s.yaml", "env:\n- name: DB_PASSWORD\n  value: kraan-7781\n", 3),
        ("secret.yaml", "kind: Secret\nstringData:\n  a: kraan-7781\n", 3),
        ("settings.json", '{"client_secret": "kraan-7781"}', 1),
        ("config/x.pem", "-----BEGIN EC PRIVATE KEY-----\nMHc\n", 1),
    ],
)  # fmt: skip
def test_a_secret_is_found_where_it_is(path, text, line):
    secrets = found(path, text)
    assert [each for each, _ in secrets] == [line]


def test_demonstration_data_opens_nothing_in_production():
    text = '<odoo><record model="res.users" id="u"><field name="password">foreman</field></record></odoo>'
    assert found("a/data/demo.xml", text, is_demo=True) == []
    assert len(found("a/data/users.xml", text)) == 1


def test_a_comment_excuses_nothing():
    assert len(found("a.py", f'KEY = "{AWS}"  # pragma: allowlist secret')) == 1


def test_the_fingerprint_follows_the_value_and_not_the_line():
    first, second = (scan([TextFile("a.py", text)])[0] for text in (f'K = "{AWS}"', f'\n\nK = "{AWS}"'))
    assert first.fingerprint == second.fingerprint
    assert AWS not in repr(first)


def test_the_checkouts_own_files_are_read_and_foreign_ones_are_not(tmp_path):
    for name in ("a.py", ".env", ".odoo-gate/key.pem", "node_modules/x/y.js", "old/a.py", "image.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    sources = files_of(tmp_path, [tmp_path / "old"])
    assert [file.path for file in sources.files] == [".env", "a.py"]
