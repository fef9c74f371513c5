"""What was written into git since the baseline, also what was taken out again: it stays readable for whoever clones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from odoo_gate.addons import baseline_commit
from odoo_gate.git import repository_of
from odoo_gate.secrets import TextFile
from odoo_gate.settings import Settings

_COMMIT = "\x01commit "
_MAX_LINE = 20_000


@dataclass(frozen=True, slots=True)
class History:
    """The lines added since `base`, a file a commit and path. `why_not`: why there is none to read."""

    base: str = ""
    commits: int = 0
    files: tuple[TextFile, ...] = ()
    why_not: str = ""


def history_since_baseline(settings: Settings) -> History:
    """The history between the baseline and the checkout's commit.

    The baseline is `baseline.git`; for a folder, where the branch left the remote's default branch. Raises
    SettingsError when git does not know the reference, InfrastructureError when git fails.
    """
    repository = repository_of(settings.root)
    if repository is None or not repository.head():
        return History(why_not="the project is in no git repository with a commit")
    base = baseline_commit(settings) or repository.commit("refs/remotes/origin/HEAD")
    if not base:
        return History(why_not="the baseline is no commit, and the repository has no origin/HEAD to count from")
    start = repository.git("merge-base", base, "HEAD", check=False).stdout.strip()
    if not start:
        return History(why_not=f"{base[:12]} and HEAD have no common commit (a shallow clone?)")
    log = repository.git(
        "log", "--patch", "--text", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames",
        "--relative", f"--format={_COMMIT}%H", "-m", "--first-parent", f"{start}..HEAD", "--", ".",
    ).stdout  # fmt: skip
    commits = int(repository.git("rev-list", "--count", f"{start}..HEAD").stdout)
    return History(start, commits, tuple(_added(log)))


def _added(log: str) -> Iterator[TextFile]:
    """The lines each commit added, a text a file; line numbers are lost, the commit says where to look.

    What is no text is told by its NUL bytes: a .gitattributes of the change could call any file binary.
    """
    path, in_hunk = "", False
    lines: list[str] = []
    for line in [*log.split("\n"), _COMMIT]:
        if line.startswith((_COMMIT, "diff --git ")):
            if path and lines and not any("\0" in each for each in lines):
                yield TextFile(path, "\n".join(lines))
            path, in_hunk, lines = "", False, []
        elif line.startswith("@@"):
            in_hunk = True
        elif line.startswith("+++ ") and not in_hunk:  # in a hunk it is an added line that begins with two plus signs
            path = line[4:].strip('"').removeprefix("b/") if line != "+++ /dev/null" else ""
        elif line.startswith("+") and path:
            lines.append(line[1:_MAX_LINE])
