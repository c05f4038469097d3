# SPDX-License-Identifier: MIT
"""
Makes mutants of C source in the kernel's style: a small change a mutant, by a fixed set of operators. All of a file's
are in one text, in which the kernel's switch (modules/mutants/patches/switch.patch) chooses one by its name.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise

HEADER = "#include <linux/ccprime_mutant.h>\n"
SWITCH = "ccprime_mutant"

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
# A function: from its name to a brace at the begin of a line.
FUNCTION = re.compile(
    r"^(?P<head>[a-z][^;{}#]*?\b(?P<name>\w+)\([^;{}]*\)[^;{}()]*)\n\{\n(?P<body>.*?)^\}",
    re.MULTILINE | re.DOTALL,
)
DECLARATION = re.compile(
    r"(?!(?:return|goto|else|case)\b)(?:(?:const|static|unsigned|struct|enum|union|volatile)\s+)*\w+\s+\**\w+(?:\[[^]]*\])?\s*[=;,]"
)
# Macros that declare something.
DECLARING = re.compile(
    r"(DEFINE_|DECLARE_|LIST_HEAD|BUILD_BUG_ON|lockdep_assert|guard\(|scoped_guard\()"
)
# Words for the log: nothing depends on them.
LOGGING = re.compile(r"(pr|dev|drm|DRM)_\w+\(|WARN\w*\(")
# One that another statement undoes: without it nothing is right any more, which needs no test.
LOCKING = re.compile(
    r"(mutex|(raw_)?spin|ww_mutex|dma_resv|rcu_read)_\w*lock\w*\(|(up|down)_(read|write)\("
)
# What is no piece.
LEFT_ALONE = re.compile(rf"{DECLARING.pattern}|{LOGGING.pattern}|{LOCKING.pattern}")
LABEL = re.compile(r"(\w+:|case\b[^:]*:|default:)\s*$")
CONTROL = re.compile(r"(?:\} )?(?:else )?(if|while|for) \(")


@dataclass
class Mutant:
    """One change. what: the change, for people."""

    function: str
    operator: str
    number: int
    line: int
    old: str
    new: str

    @property
    def name(self):
        """As the switch has it."""
        return f"{self.function}-{self.operator}-{self.number}"


@dataclass
class Piece:
    """A statement, a condition or an initial value in its file, and what it may be instead."""

    start: int
    end: int
    # How alternatives are written: statement, condition, value.
    kind: str
    text: str
    choices: list = field(default_factory=list)


def mask(text, *patterns, letter=" "):
    """The text with a letter in place of each that matches; lines stay as they are."""

    def blank(match):
        return re.sub(r"[^\n]", letter, match[0])

    for pattern in patterns:
        text = pattern.sub(blank, text)
    return text


def closing(text, start):
    """Where the parenthesis that opens at start is closed."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return -1


def one_line(text):
    """Without line breaks and double blanks."""
    return " ".join(text.split())


def replaced(text, bare, match, new):
    """The text with another one in place of a match in its masked copy."""
    return text[: match.start()] + new + text[match.end() :]


# What a comparison becomes at its limit, and other pairs that stand for each other.
SWAPS = {
    "limit": {"<": "<=", "<=": "<", ">": ">=", ">=": ">"},
    "logic": {"&&": "||", "||": "&&"},
    "arithmetic": {"+": "-", "-": "+", "<<": ">>", ">>": "<<", "+=": "-=", "-=": "+="},
}
# One of several flags: a later one, one that is taken away, the first one.
FLAGS = (r" \| ~?[A-Za-z_]\w*", r" & ~\w+", r"(?<![\w|&] )\b[A-Za-z_]\w* \| ")
WORDS = {"true": "false", "false": "true"}


def in_expression(text):
    """(operator, changed text) for an expression or a statement."""
    bare = mask(text, STRING, letter="_")
    for operator, pairs in SWAPS.items():
        words = sorted(map(re.escape, pairs), key=len, reverse=True)
        for match in re.finditer(rf"(?<= )(?:{'|'.join(words)})(?= )", bare):
            yield operator, replaced(text, bare, match, pairs[match[0]])
    for match in re.finditer(r"(\w+(?:->\w+)*)(\+\+|--)|(\+\+|--)(?=\w)", bare):
        old = match[2] or match[3]
        new = "--" if old == "++" else "++"
        yield "arithmetic", replaced(text, bare, match, match[0].replace(old, new))
    for flag in FLAGS:
        for match in re.finditer(flag, bare):
            yield "flag", replaced(text, bare, match, "")
    for match in re.finditer(r"(?<![\w.>])\d+(?![\w.])", bare):
        yield "number", replaced(text, bare, match, str(int(match[0]) + 1))
    for match in re.finditer(r"-E[A-Z]+\b", bare):
        yield (
            "errno",
            replaced(text, bare, match, "-ENOMEM" if match[0] == "-EINVAL" else "-EINVAL"),
        )
    for match in re.finditer(r"\b(true|false)\b", bare):
        yield "number", replaced(text, bare, match, WORDS[match[0]])
    yield from swapped_arguments(text, bare)


def swapped_arguments(text, bare):
    """Calls with two neighbouring arguments in each other's place."""
    for match in re.finditer(r"\b(?!if|while|for|switch|sizeof|return)\w+\(", bare):
        end = closing(bare, match.end() - 1)
        places = arguments(bare, match.end(), end)
        for (a, b), (c, d) in pairwise(places):
            first, second = text[a:b], text[c:d]
            if first.strip() != second.strip():
                yield "swap", text[:a] + second + text[b:c] + first + text[d:]


def arguments(bare, start, end):
    """(begin, end) of each argument between two places."""
    places, depth, begin = [], 0, start
    for place in range(start, end):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(bare[place], 0)
        if bare[place] == "," and depth == 0:
            places.append((begin, place))
            begin = place + 1
    places.append((begin, end))
    trimmed = []
    for a, b in places:
        lead = len(bare[a:b]) - len(bare[a:b].lstrip())
        trimmed.append((a + lead, b))
    return trimmed


def statements(bare, start, end):
    """(begin, end) of logical lines of a body: until parentheses are closed and it ends, or a control's head ends."""
    place = start
    while place < end:
        stop = bare.find("\n", place)
        line = bare[place:stop].strip()
        if not line or line.startswith("#"):
            place = stop + 1
            continue
        begin = place + len(bare[place:stop]) - len(bare[place:stop].lstrip())
        while not is_whole(bare[begin:stop]) and stop < end:
            stop = bare.find("\n", stop + 1)
        yield begin, stop
        place = stop + 1


def is_whole(text):
    """Whether a logical line is complete."""
    if text.count("(") != text.count(")"):
        return False
    text = text.rstrip()
    if text.endswith((";", "{", "}", ":")):
        return True
    match = CONTROL.match(text)
    if match and closing(text, match.end() - 1) == len(text) - 1:
        return True
    return (
        text in ("else", "do") or re.fullmatch(r"\w*for_each\w*\(.*\)", text, re.DOTALL) is not None
    )


class Source:
    """A file's pieces and mutants. functions: which of its functions are mutated, by name."""

    def __init__(self, text, functions=lambda name: True):
        self.text = text
        self.bare = mask(text, COMMENT, STRING)
        self.code = mask(text, COMMENT)
        self.pieces = []
        self.counts = {}
        for match in FUNCTION.finditer(self.bare):
            if functions(match["name"]):
                self._function(match)

    def _function(self, match):
        name, head = match["name"], match["head"]
        begin = True
        for start, end in statements(self.bare, match.start("body"), match.end("body")):
            text = self.bare[start:end].strip()
            if is_declaration(text):
                self._declaration(name, head, start, end)
                continue
            if begin and not LABEL.match(text):
                self._early_return(name, head, start)
                begin = False
            self._statement(name, head, start, end, text)

    def _statement(self, name, head, start, end, text):
        control = CONTROL.match(text)
        if control and control[1] in ("if", "while"):
            opened = start + control.end() - 1
            self._piece(name, head, "condition", opened + 1, closing(self.bare, opened), control[1])
        elif control:
            self._for(name, head, start + control.end() - 1)
        elif text.endswith(";") and not text.startswith("}") and not LEFT_ALONE.match(text):
            self._piece(name, head, "statement", start, end)

    def _for(self, name, head, opened):
        parts = self.bare[opened + 1 : closing(self.bare, opened)].split(";")
        if len(parts) == 3 and parts[1].strip():
            begin = opened + 1 + len(parts[0]) + 1
            self._piece(name, head, "condition", begin, begin + len(parts[1]), "for")

    def _declaration(self, name, head, start, end):
        text = self.bare[start:end]
        if text.count("=") != 1 or "static" in text or "{" in text or text.count(";") != 1:
            return
        begin = start + text.index("=") + 1
        if "," in mask(text[text.index("=") + 1 :], re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)")):
            return
        self._piece(name, head, "value", begin, start + text.rindex(";"))

    def _early_return(self, name, head, start):
        piece = Piece(start, start, "early", "")
        kind = head[: head.index(name)].strip()
        value = " NULL;" if kind.endswith("*") else ";" if "void" in kind.split() else " 0;"
        self._add(piece, name, head, "early", f"return{value}")
        self.pieces.append(piece)

    def _piece(self, name, head, kind, start, end, control=""):
        text = one_line(self.code[start:end])
        piece = Piece(start, end, kind, text)
        for operator, new in choices(text, kind, control, head):
            self._add(piece, name, head, operator, new)
        if piece.choices:
            self.pieces.append(piece)

    def _add(self, piece, name, head, operator, new):
        number = self.counts.get((name, operator), 0) + 1
        self.counts[name, operator] = number
        line = self.text.count("\n", 0, piece.start) + 1
        piece.choices.append(Mutant(name, operator, number, line, piece.text, new))

    def mutants(self):
        """All of them, in the order of the file."""
        return [mutant for piece in self.pieces for mutant in piece.choices]

    def written(self, wanted):
        """(text with the mutants that wanted(mutant) says, number of a line of it -> the mutant there)"""
        lines, last = [HEADER], 0
        places = {}
        for piece in sorted(self.pieces, key=lambda piece: (piece.start, piece.end)):
            chosen = [mutant for mutant in piece.choices if wanted(mutant)]
            if not chosen:
                continue
            lines += [self.text[last : piece.start], OPENING[piece.kind], "\n"]
            number = sum(text.count("\n") for text in lines) + 1
            for place, mutant in enumerate(chosen):
                switch = f'{SWITCH}("{mutant.name}")'
                lines.append(f"{ALTERNATIVE[piece.kind].format(switch, mutant.new)}\n")
                places[number + place] = mutant
            lines.append(CLOSING[piece.kind].format(piece.text))
            last = piece.end
        return "".join([*lines, self.text[last:]]), places


# How alternatives are written, by the kind of a piece.
OPENING = {"statement": "{", "condition": "", "value": "", "early": "{"}
ALTERNATIVE = {
    "statement": "if ({}) {{ {} }} else",
    "condition": "{} ? ({}) :",
    "value": "{} ? ({}) :",
    "early": "if ({}) {{ {} }}",
}
CLOSING = {"statement": "{{ {} }} }}", "condition": "({})", "value": "({})", "early": "}}\n"}


def is_declaration(text):
    """Whether a logical line declares something."""
    return bool(DECLARATION.match(text) or re.match(r"(DEFINE_|DECLARE_|LIST_HEAD)", text))


def choices(text, kind, control, head):
    """(operator, new text) of a piece."""
    if kind == "condition" and control == "if":
        yield "negate", f"!({text})"
    if kind == "statement":
        yield from of_statement(text, head)
    yield from in_expression(text)


def of_statement(text, head):
    """What only a whole statement may become."""
    if text.startswith("return"):
        value = text[len("return") :].strip(" ;")
        if value not in ("", "0", "NULL") and "*" not in head.split("(")[0]:
            yield "return", "return 0;"
    else:
        yield "delete", ";"
