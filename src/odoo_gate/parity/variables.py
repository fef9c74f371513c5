"""Variables in a definition: `.env` files, and `${NAME}` where compose would put their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$")
_USE = re.compile(r"\$\{([A-Za-z_]\w*)(?:(:?[-?+])([^}]*))?\}|\$([A-Za-z_]\w*)")


@dataclass(frozen=True)
class Variables:
    """The values of all `.env` files of a definition, and the file each comes from."""

    values: Mapping[str, str]
    origin: Mapping[str, str]

    @classmethod
    def of(cls, files: Mapping[str, Mapping[str, str]]) -> Variables:
        values = {key: value for content in files.values() for key, value in content.items()}
        return cls(values, {key: name for name, content in files.items() for key in content})

    def fill(self, text: str) -> str:
        """`text` with every variable that has a value, or a default, replaced; others stay as they are written."""
        return _USE.sub(self._value, text)

    def is_open(self, text: str) -> bool:
        """Whether a variable of `text` is left for who deploys to give."""
        return _USE.search(self.fill(text)) is not None

    def names(self, text: str) -> tuple[str, ...]:
        """The variables that `text` uses."""
        return tuple(match.group(1) or match.group(4) for match in _USE.finditer(text))

    def _value(self, match: re.Match[str]) -> str:
        name, operator, other = match.group(1) or match.group(4), match.group(2) or "", match.group(3) or ""
        if self.values.get(name):
            return other if operator.endswith("+") else self.values[name]
        return other if operator.endswith("-") else match.group(0)


def read_env(text: str) -> dict[str, str]:
    """The assignments of a `.env` file."""
    found = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match and not line.lstrip().startswith("#"):
            value = match.group(2)
            quoted = value[:1] in ("'", '"') and value.endswith(value[:1]) and len(value) > 1
            found[match.group(1)] = value[1:-1] if quoted else value.split(" #")[0].strip()
    return found
