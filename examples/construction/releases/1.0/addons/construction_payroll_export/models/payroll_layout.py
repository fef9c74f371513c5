"""The layout of the payroll bureau's file, version 2: ASCII, CRLF, one record a line.

Header   H, company code (10), period start and end (8 + 8, YYYYMMDD), export number (12)
Detail   D, payroll number (8 digits), day (8), T timesheet or A attendance, cost code (10), hours (9)
Trailer  Z, number of details (7), timesheet hours (11), attendance hours (11), sum of payroll numbers (14)

Hours are signed hundredths, padded with zeros: +00000750 is seven and a half hours.
"""

from dataclasses import dataclass
from datetime import date

ENCODING = "ascii"
LINE_END = "\r\n"


@dataclass(frozen=True)
class Detail:
    """Hours of one employee on one day; `hundredths` of an hour, negative for a correction."""

    payroll_number: str
    day: date
    kind: str
    cost_code: str
    hundredths: int

    def render(self):
        who, when = f"{self.payroll_number:0>8}", f"{self.day:%Y%m%d}"
        return f"D{who}{when}{self.kind}{self.cost_code:<10}{self.hundredths:+09d}"


def render_file(company_code, start, end, number, details):
    """Return the file as bytes; the same input gives the same bytes.

    :raises ValueError: when a value does not fit its field or is not ASCII
    """
    details = list(details)
    hours = {kind: sum(detail.hundredths for detail in details if detail.kind == kind) for kind in "TA"}
    numbers = sum(int(detail.payroll_number) for detail in details)
    lines = [
        f"H{company_code:<10}{start:%Y%m%d}{end:%Y%m%d}{number:<12}",
        *sorted(detail.render() for detail in details),
        f"Z{len(details):07d}{hours['T']:+011d}{hours['A']:+011d}{numbers:014d}",
    ]
    widths = {"H": 39, "D": 37, "Z": 44}
    for line in lines:
        if len(line) != widths[line[0]]:
            raise ValueError(line)
    return "".join(line + LINE_END for line in lines).encode(ENCODING)
