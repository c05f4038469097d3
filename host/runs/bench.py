# SPDX-License-Identifier: MIT
"""The benchmark: ccprime-bench in a guest, and what its lines say."""

import json
import statistics
from dataclasses import dataclass
from xml.etree import ElementTree

from machine import supervisor
from problem import Problem
from runs import program

# What ccprime-bench says in a guest, and what is made of it.
LOG = "bench.log"
DATA = "bench.json"
CHART = "bench.svg"
# What the others are compared with.
BASE = "system"

UNITS = ((1 << 20, "MiB"), (1 << 10, "KiB"))
LIMITS = (
    "Counts are exact; bounce memory has what the driver's own commands hold, too.\n"
    "Times are of an emulated processor: compare them within this table, and not with hardware. A conversion\n"
    "leaves the guest there, as it does here, but nobody has measured how long it takes.\n"
    "In brackets: the least and the greatest ratio of a round."
)


def of_size(size):
    """A size in words."""
    unit, name = next((pair for pair in UNITS if size >= pair[0]), (1, "B"))
    return f"{size // unit} {name}"


@dataclass(frozen=True)
class Row:
    """An operation on buffers of a size."""

    operation: str
    size: int
    # Exporter -> its times in nanoseconds, a round each; or why it was refused.
    times: dict[str, list[int] | str]

    def ratio(self, exporter):
        """(least, median, greatest) of the exporter's times to the base's, round by round; None without both."""
        own, base = self.times.get(exporter), self.times.get(BASE)
        if not isinstance(own, list) or not isinstance(base, list):
            return None
        found = [mine / others for mine, others in zip(own, base, strict=False) if others]
        return (min(found), statistics.median(found), max(found)) if found else None


def parse(text):
    """(rows, counts) of ccprime-bench's lines. counts: (what, exporter, size) -> value."""
    times, counts = {}, {}
    for number, line in enumerate(text.splitlines(), 1):
        try:
            data = json.loads(line)
            if "count" in data:
                counts[data["count"], data["exporter"], data["size"]] = int(data["value"])
                continue
            own = times.setdefault((data["operation"], int(data["size"])), {})
            if "refused" in data:
                own[data["exporter"]] = str(data["refused"])
            else:
                own.setdefault(data["exporter"], []).append(int(data["ns"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Problem(f"bench: line {number} of {LOG} is none of ccprime-bench's") from error
    if not times:
        raise Problem("bench: ccprime-bench said nothing; see guest.log")
    return [Row(name, size, own) for (name, size), own in times.items()], counts


def cell(row, exporter):
    """What the table says of an exporter."""
    own = row.times.get(exporter, "-")
    if isinstance(own, str):
        return own
    text = f"{statistics.median(own) / 1000:.1f} us"
    ratio = row.ratio(exporter)
    if exporter == BASE or not ratio:
        return text
    return f"{text}  x{ratio[1]:.2f} ({ratio[0]:.2f} to {ratio[2]:.2f})"


def table(rows, counts):
    """The lines for people."""
    exporters = list(dict.fromkeys(name for row in rows for name in row.times))
    lines = [["exact counts", "", *exporters]]
    for what, size in dict.fromkeys((what, size) for what, _, size in counts):
        found = [counts.get((what, exporter, size), "-") for exporter in exporters]
        lines.append([what, of_size(size), *map(str, found)])
    lines.append([""] * len(lines[0]))
    lines.append([f"times, and how they compare with {BASE}", "", *exporters])
    lines += [
        [row.operation, of_size(row.size), *(cell(row, exporter) for exporter in exporters)]
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return [
        "  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


# Of the chart, in pixels.
LEFT, BAR, HEIGHT, SCALE = 330, 300, 22, 60


def chart(rows):
    """The ratios as a picture: a bar a row and exporter, a line where the base is."""
    bars = [
        (row, exporter, row.ratio(exporter))
        for row in rows
        for exporter in row.times
        if exporter != BASE and row.ratio(exporter)
    ]
    height = HEIGHT * (len(bars) + 1)
    top = ElementTree.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {LEFT + BAR + 120} {height}",
        role="img",
    )
    ElementTree.SubElement(top, "title").text = f"time relative to {BASE}"
    style = "text{font:13px sans-serif;fill:#333}@media(prefers-color-scheme:dark){text{fill:#ddd}}"
    ElementTree.SubElement(top, "style").text = style
    for number, (row, exporter, ratio) in enumerate(bars, 1):
        y, width = number * HEIGHT, min(ratio[1] * SCALE, BAR)
        label = f"{row.operation}, {of_size(row.size)}: {exporter}"
        ElementTree.SubElement(top, "text", x="4", y=str(y)).text = label
        colour = "#3a7bd5" if exporter == "system_cc_shared" else "#999"
        ElementTree.SubElement(
            top, "rect", x=str(LEFT), y=str(y - 12), width=f"{width:.1f}", height="14", fill=colour
        )
        place = str(LEFT + width + 6)
        cut = "" if ratio[1] * SCALE <= BAR else " (cut)"
        ElementTree.SubElement(top, "text", x=place, y=str(y)).text = f"x{ratio[1]:.2f}{cut}"
    ElementTree.SubElement(
        top, "rect", x=str(LEFT + SCALE), y="4", width="1", height=str(height), fill="#c00"
    )
    return ElementTree.tostring(top, encoding="unicode") + "\n"


def data(rows, counts, environment):
    """The same for programs."""
    return {
        "environment": environment,
        "counts": [
            {"what": what, "exporter": exporter, "size": size, "value": value}
            for (what, exporter, size), value in counts.items()
        ],
        "times": [{"operation": row.operation, "size": row.size, "ns": row.times} for row in rows],
    }


def run(setup, guest, folder, stages):
    """Boots the guest and lets ccprime-bench run there. Returns its rows and counts."""
    program.run(setup, guest, folder, stages, "bench", ("bench", "measuring"))
    return parse(supervisor.read_log(folder / LOG))
