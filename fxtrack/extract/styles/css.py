"""Reads a page's own style sheets as far as they decide what a reader sees. Pure.

Of its rules, the properties count that hide an element, strike it out, turn it or move it away from its neighbours, and
the text that ``::before`` and ``::after`` add. Rules hold for a screen of usual width. Where it depends on the screen,
or on a selector that `selectors` does not know exactly, whether a rule holds, the element is uncertain if the rule
decides.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from fxtrack.extract.characters import BULLETS, PICTURE
from fxtrack.extract.styles.hidden import (
    DECIDING,
    TOGETHER,
    TURNING,
    UNSURE,
    declared,
    hiding,
    is_valid,
    look,
    moves,
    turns,
    uncalculated,
)
from fxtrack.extract.styles.selectors import OpenElement, Selector, keys_had, keys_of, selectors
from fxtrack.limits import CSS_CHARS

# starts with a literal: several times faster than a pattern that ignores case from its first character on
_SKIPPED = re.compile(r"<(?:!--|((?i:script|noscript|template|textarea|title|style))(?=[\s>/])[^>]*>)")
_STYLE = re.compile("<(?i:style)")
_SCREENS = 1024, 1920  # usual widths, pixels
_WIDTH = re.compile(r"\((min|max)-width ?: ?([0-9]{1,5}(?:\.[0-9]*)?)(px|em|rem)\)")
_PIXELS = {"px": 1, "em": 16, "rem": 16}
_OTHER_MEDIA = re.compile(r"(?:only )?(?:print|speech|aural|tv|tty|projection|handheld|braille|embossed)\b")
_SCREEN = re.compile(r"(?:only )?(?:all|screen)")
_DEPTH = 16  # of rules within one another
_DRAWING = ("background", "background-image", "mask", "mask-image", "-webkit-mask-image", "-webkit-mask")
_LISTED = ("list-style", "list-style-type", "list-style-image")
_READ = DECIDING | TURNING | {*_LISTED, "content"}
_INLINE = frozenset({None, "b", "strong", "i", "em", "span", "font", "big", "tt", "u", "code", "nobr"})
_UNHIDDEN = frozenset({"hidden", "popover"})
_SILENT = frozenset(BULLETS + " \u00a0/\\,;:\u203a\u00bb\u2022")  # generated text that separates words


class StyleRule(NamedTuple):
    """A rule: its selector, whether it surely holds, its weight, and its values."""

    selector: Selector
    exact: bool
    weight: tuple[int, int, int, int]
    values: dict[str, str]
    important: dict[str, str]


class StyleSheet:
    """The rules of a page, by what their innermost element must have.

    Attributes:
        decides: whether a rule may hide an element.
        generates: whether a rule adds text.
        turning: whether a rule turns an element.
        moving: whether a rule moves an element without attributes.
    """

    def __init__(self, rules: Sequence[StyleRule]) -> None:
        """Index the rules."""
        hidden_by = _hidden_by(rules)
        generated = [rule for rule in rules if rule.selector.part and "content" in rule.values | rule.important]
        deciding = [
            rule for rule in rules
            if not rule.selector.part and not hidden_by.isdisjoint(rule.values.keys() | rule.important.keys())
        ]  # fmt: skip
        turning = [rule for rule in rules if not rule.selector.part and turns(rule.values | rule.important)]
        moving = [
            rule for rule in rules
            if not rule.selector.part and _is_inline(rule.selector) and moves(rule.values | rule.important)
        ]  # fmt: skip
        self.decides, self.generates, self.turning = bool(deciding), bool(generated), bool(turning)
        self.moving = bool(moving)
        self._rules = {"": _index(deciding), "turn": _index(turning), "move": _index(moving)}
        for part in ("before", "after"):
            self._rules[part] = _index([rule for rule in generated if rule.selector.part == part])

    def __bool__(self) -> bool:
        """Return whether an element or text of the page may depend on it."""
        return self.decides or self.generates or self.turning

    def look(
        self, tag: str, attributes: Mapping[str, str], around: Sequence[OpenElement], *, hidden: bool
    ) -> int | None:
        """Return whether a reader sees an element, None if the rules have nothing on it.

        Args:
            tag: its tag.
            attributes: its attributes.
            around: the elements around it.
            hidden: whether its attributes hide it unless a style displays it.
        """
        found = self._matching("", tag, attributes, around)
        if not found:
            return None
        base = {"display": "none"} if hidden else {}
        seen = look(_cascade([rule for rule in found if rule.exact], base, attributes))
        if seen != UNSURE and any(not rule.exact for rule in found) and look(_cascade(found, base, attributes)) != seen:
            return UNSURE
        return seen

    def values(self, tag: str, attributes: Mapping[str, str], around: Sequence[OpenElement]) -> dict[str, str]:
        """Return the values of an element that decide whether it is seen, its inline style included."""
        return _cascade(self._matching("", tag, attributes, around), {}, attributes)

    def turns(self, tag: str, attributes: Mapping[str, str], around: Sequence[OpenElement]) -> bool:
        """Return whether a rule may turn an element."""
        return self.turning and bool(self._matching("turn", tag, attributes, around))

    def moves(self, tag: str, attributes: Mapping[str, str], around: Sequence[OpenElement]) -> bool:
        """Return whether a rule may move an element away from the text beside it."""
        return bool(self._matching("move", tag, attributes, around))

    def generated(self, tag: str, attributes: Mapping[str, str], around: Sequence[OpenElement], part: str) -> str:
        """Return the text that the rules add before or after an element, a picture's placeholder for other content."""
        found = self._matching(part, tag, attributes, around) if self.generates else []
        if not found:
            return ""
        shown = _shown(_cascade([rule for rule in found if rule.exact], {}, {}))
        perhaps = _shown(_cascade(found, {}, {}))
        if perhaps != shown and not _SILENT.issuperset(perhaps + shown):
            return PICTURE
        return shown

    def _matching(
        self, kind: str, tag: str, attributes: Mapping[str, str], around: Sequence[OpenElement]
    ) -> list[StyleRule]:
        """Return the rules of a kind that select an element, the strongest last."""
        index = self._rules[kind]
        found = [
            rule for key in keys_had(tag, attributes) for rule in index.get(key, ())
            if rule.selector.matches(tag, attributes, around)
        ] if index else []  # fmt: skip
        if len(found) > 1:
            found.sort(key=lambda rule: rule.weight)
        return found


def _index(rules: Sequence[StyleRule]) -> dict[str, list[StyleRule]]:
    index: dict[str, list[StyleRule]] = {}
    for rule in rules:
        for key in keys_of(rule.selector.compounds[0]):
            index.setdefault(key, []).append(rule)
    return index


def _cascade(found: Sequence[StyleRule], base: dict[str, str], attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the values of an element: of its attributes, of rules, and of its inline style."""
    inline, strong = declared(attributes["style"]) if attributes.get("style") else ({}, {})
    values = dict(base)
    for given in (*[rule.values for rule in found], inline, *[rule.important for rule in found], strong):
        values |= given
    return values


def _shown(said: Mapping[str, str]) -> str:
    """Return generated text, a picture's placeholder where it is drawn or turned."""
    text = said.get("content")
    if text is None or hiding({name: value for name, value in said.items() if name != "content"}):
        return ""
    if turns(said) or (text in {"", " "} and _draws(said)):
        return PICTURE
    return "" if text == "none" else text


def _draws(said: Mapping[str, str]) -> bool:
    """Return whether an empty element shows a picture, or borders that make a triangle."""
    return (
        any("url(" in said.get(name, "") or "gradient" in said.get(name, "") for name in _DRAWING)
        or any("transparent" in value for name, value in said.items() if name.startswith("border"))
        or "clip-path" in said
    )


def _hidden_by(rules: Sequence[StyleRule]) -> set[str]:
    """Return the properties by which at least one rule hides something, and those that decide together with them."""
    found: set[str] = set()
    for rule in rules:
        said = rule.values | rule.important
        for name, value in said.items():
            if name in DECIDING and (
                hiding({"overflow": "hidden", "position": "absolute", name: value})
                or (name == "unicode-bidi" and "override" in value)
                or (name in {"display", "visibility"} and "var(" in value)
            ):
                found.add(name)
        if "color" in said and "color" in hiding(said):
            found.add("color")
        last = rule.selector.compounds[0]
        if "display" in said and (last.tag == "dialog" or any(name in _UNHIDDEN for name, *_ in last.attributes)):
            found.add("display")
    for names, others in TOGETHER:
        found |= others if not found.isdisjoint(names) else frozenset()
    return found


def sheet_of(markup: str) -> StyleSheet | None:
    """Return the rules of a page's own style sheets, None if none of them matters."""
    style = _STYLE.search(markup)
    return _sheet("\n".join(_sheets(markup, style))[:CSS_CHARS]) if style else None


def _sheets(markup: str, style: re.Match[str] | None) -> Iterator[str]:
    """Yield the text of each style element, outside of comments and of elements whose markup is no part of the page.

    `style` is the first place where one may start.
    """
    position = 0
    while style and (found := _SKIPPED.search(markup, position)):
        if found.start() > style.start():  # not the beginning of an element
            style = _STYLE.search(markup, found.start())
            continue
        name = (found[1] or "").lower()
        end = re.compile(f"</(?i:{name})" if name else "-->").search(markup, found.end())
        if name == "style":
            yield markup[found.end() : end.start() if end else len(markup)]
        if not end:
            return
        position = end.end()
        if position > style.start():
            style = _STYLE.search(markup, position)


@lru_cache(maxsize=32)  # the pages of a site share their sheets
def _sheet(css: str) -> StyleSheet | None:
    import tinycss2

    nodes = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    sheet = StyleSheet(list(_rules(nodes)))
    return sheet if sheet or sheet.moving else None


def _holds(at_rule: Any) -> bool | None:  # noqa: ANN401 -- of the parser
    """Return whether the rules within an at-rule hold on a usual screen, None if that depends on it."""
    import tinycss2

    name = at_rule.lower_at_keyword
    if name == "layer":
        return True
    if name == "media":
        queries = tinycss2.serialize(at_rule.prelude).strip().lower().split(",")
        each = [_matches_screen(" ".join(query.split())) for query in queries]
        return True if True in each else None if None in each else False
    return None if name in {"supports", "container", "scope", "document", "-moz-document"} else False


def _matches_screen(query: str) -> bool | None:
    if _OTHER_MEDIA.match(query):
        return False
    parts = [part for part in query.split(" and ") if part and not _SCREEN.fullmatch(part)]
    each: list[bool | None] = []
    for part in parts:
        found = _WIDTH.fullmatch(part)
        if not found:
            each.append(None)
            continue
        width = float(found[2]) * _PIXELS[found[3]]
        fits = [screen >= width if found[1] == "min" else screen <= width for screen in _SCREENS]
        each.append(fits[0] if fits[0] == fits[1] else None)
    return False if False in each else None if None in each else True


def _rules(
    nodes: Sequence[Any], *, holds: bool = True, around: Sequence[Selector] = (), depth: int = 0, first: int = 0
) -> Iterator[StyleRule]:
    """Yield the rules of a list, and of those within them.

    Args:
        nodes: the list.
        holds: whether the conditions around it surely hold.
        around: the selectors of the rule around it.
        depth: number of rules around it.
        first: number of rules before it.
    """
    import tinycss2

    for number, node in enumerate(nodes, first):
        if node.type == "at-rule" and node.content is not None:
            within = _holds(node) if depth < _DEPTH else False
            if within is not False:
                parse = tinycss2.parse_blocks_contents if around else tinycss2.parse_rule_list
                inner = parse(node.content, skip_comments=True, skip_whitespace=True)
                if around:
                    yield from _styles(around, inner, holds=holds and bool(within), number=number)
                yield from _rules(inner, holds=holds and bool(within), around=around, depth=depth + 1, first=number)
        elif node.type == "qualified-rule":
            found = list(selectors(node.prelude, around))
            inner = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            yield from _styles(found, inner, holds=holds, number=number)
            if depth < _DEPTH and any(one.type in {"qualified-rule", "at-rule"} for one in inner):
                yield from _rules(inner, holds=holds, around=found, depth=depth + 1, first=number)


def _styles(found: Sequence[Selector], content: Sequence[Any], *, holds: bool, number: int) -> Iterator[StyleRule]:
    whole = any(selector.part or _is_inline(selector) for selector in found)
    values, important = _declarations(content, whole=whole)
    for selector in found if values or important else ():
        exact = holds and selector.exact
        yield StyleRule(selector, exact, (*selector.weight, number), values, important)
        marks = {name: value for name, value in (values | important).items() if name in _LISTED}
        if marks and not selector.part and (mark := _list_mark(marks)):
            yield StyleRule(selector._replace(part="before"), exact, (0, 0, 0, 0), {"content": mark}, {})


def _is_inline(selector: Selector) -> bool:
    return selector.compounds[0].tag in _INLINE and selector.compounds[0].is_plain


def _list_mark(said: Mapping[str, str]) -> str:
    """Return a mark before the items of a list that may be a sign: a text of its own."""
    texts = [value[1:-1] for value in said.values() if value[:1] in {"'", '"'} and value[-1:] == value[:1]]
    return texts[0] if texts and not _SILENT.issuperset(texts[0]) else ""


def _declarations(content: Sequence[Any], *, whole: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Return the values of a rule, and those marked as important; unless `whole`, only those that decide something."""
    import tinycss2

    values: dict[str, str] = {}
    important: dict[str, str] = {}
    for node in content:
        if node.type != "declaration" or not (whole or node.lower_name in _READ) or node.lower_name.startswith("--"):
            continue
        if node.lower_name == "content":
            value = _text_of([token for token in node.value if token.type not in {"whitespace", "comment"}])
        else:
            value = uncalculated(" ".join(tinycss2.serialize(node.value).lower().split()))
        if is_valid(node.lower_name, value):
            (important if node.important else values)[node.lower_name] = value
    return values, important


def _text_of(tokens: Sequence[Any]) -> str:
    """Return generated text, ``none``, or a picture's placeholder for a picture, a counter or a private character."""
    if any(token.type == "ident" and token.lower_value in {"none", "normal"} for token in tokens):
        return "none"
    if not all(token.type == "string" for token in tokens):
        return PICTURE
    text = "".join(token.value for token in tokens)
    return PICTURE if any("\ue000" <= c <= "\uf8ff" or c >= "\U000f0000" for c in text) else text
