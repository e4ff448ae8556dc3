"""Text of HTML as a reader sees it (RFC 8621 4.4.1): no markup, scripts, styles or head; linear on any input."""

import re
from html.entities import html5

_HIDDEN = re.compile(r"<(?:!--|(script|style|head|noscript|template|svg|math|object|select|title)(?=[\s/>]))", re.I)
_BODY = re.compile(r"<body(?=[\s/>])", re.I)
_BLOCKS = (
    "p br div tr table tbody thead tfoot caption ul ol li dl dt dd dir h1 h2 h3 h4 h5 h6 hr header html body "
    "blockquote pre center address article aside section nav main menu footer form fieldset legend figure "
    "figcaption details summary dialog option optgroup"
)


def _any_case(name: str) -> str:
    return "".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in name)


# Explicit letter pairs: several times as fast as the IGNORECASE flag
_BLOCK = re.compile(rf"<(?=/?(?:{'|'.join(map(_any_case, _BLOCKS.split()))})[\s/>])")
_CELL = re.compile(r"<(?=/[tT][dDhH][\s>])")
_TAG = re.compile(r"""<[a-zA-Z/!?][^>"']*+(?:(?:"[^"]{0,1000}+"|'[^']{0,1000}+'|["'])[^>"']*+)*+>?""")
_SHOWN = tuple(re.compile(rf"""{name}=(?:"([^"<>]{{1,500}})"|'([^'<>]{{1,500}})')""") for name in ("alt", "title"))
_REFERENCE = re.compile(
    r"&(?:#(?:[xX]([0-9a-fA-F]{1,7}+)[0-9a-fA-F]*+|([0-9]{1,7}+)[0-9]*+);?|([a-zA-Z][a-zA-Z0-9]{1,31});?)"
)
_BREAK = "\0"  # where a block begins or ends
_WINDOWS = {code: bytes((code,)).decode("cp1252", "replace") for code in range(0x80, 0xA0)}
_CLOSING: dict[str, re.Pattern[str]] = {}
for _name in ("script", "style", "head", "noscript", "template", "svg", "math", "object", "select", "title"):
    _CLOSING[_name] = re.compile(rf"</{_name}[^>]*+>?", re.I)


def html_text(html: str, attributes: bool = False) -> str:
    """Lines of text; with `attributes`, what alt and title say comes after them (for search)."""
    if "<" in html:
        html = _without_hidden(html)
        text = _TAG.sub("", _BLOCK.sub(_BREAK + "<", _CELL.sub(" <", html)))
        if attributes and ("alt=" in html or "title=" in html):
            text = _BREAK.join((text, *_shown(html)))
    else:
        text = html
    if "&" in text:
        text = _REFERENCE.sub(_character, text)
    lines = [" ".join(line.split()) for line in text.split(_BREAK)]
    return "\n".join([line for line in lines if line])


def _shown(html: str) -> list[str]:
    """Attribute values that a reader sees."""
    return list({first or second: None for pattern in _SHOWN for first, second in pattern.findall(html)})


def _without_hidden(html: str) -> str:
    """Comments and the elements that show nothing are cut out; one that never ends reaches to the end (HTML 13.2.5)."""
    kept: list[str] = []
    position = 0
    unclosed: set[str] = set()  # names that have no closing tag any more: not looked for again
    while True:
        found = _HIDDEN.search(html, position)
        if found is None:
            kept.append(html[position:])
            return "".join(kept)
        kept.append(html[position : found.start()])
        name = (found[1] or "").lower()
        if name not in unclosed:
            position = _end_of_hidden(html, found, name)
            if name == "head":  # a second one is ignored by browsers
                unclosed.add(name)
            if position >= 0:
                continue
            unclosed.add(name)
        kept.append(found[0])  # only this tag is markup
        position = found.end()


def _end_of_hidden(html: str, found: re.Match[str], name: str) -> int:
    """Where reading goes on; -1 if the element has no end and a browser would show what follows."""
    if not name:
        end = html.find("-->", found.start() + 2)
        return end + 3 if end >= 0 else len(html)
    close = _CLOSING[name].search(html, found.end())
    if close is not None:
        return close.end()
    if name == "head":
        body = _BODY.search(html, found.end())
        return body.start() if body else -1
    return len(html) if name in ("script", "style", "title") else -1


def _character(found: re.Match[str]) -> str:
    hexadecimal, decimal, name = found.groups()
    if name is not None:
        text = html5.get(name + ";") if found[0][-1] == ";" else html5.get(name)
        return found[0] if text is None else text
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if code in _WINDOWS:
        return _WINDOWS[code]
    if code == 0 or code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return "\ufffd"
    return chr(code)
