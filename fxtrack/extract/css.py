"""Reads a page's own style sheets as far as they decide what a reader sees. Pure.

Applies rules for tags, classes and ids, alone, combined and nested (``ul .x``, ``li > b``). Rules under a condition,
such as print or a width, and rules with other selectors do not apply. Only properties that hide an element matter, and
the text that ``::before`` and ``::after`` add.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from fxtrack.extract.characters import PICTURE
from fxtrack.extract.text.hidden import DECIDING, SIZES, hides
from fxtrack.limits import CSS_CHARS

# starts with a literal: several times faster than a pattern that ignores case from its first character on
_SKIPPED = re.compile(r"<(?:!--|((?i:script|noscript|template|textarea|title|style))(?=[\s>/])[^>]*>)")
_STYLE = re.compile("<(?i:style)")
_TELLS = re.compile(r"content|" + "|".join(sorted(DECIDING)), re.IGNORECASE)
_COMBINATOR = re.compile(r"(\s*>\s*|\s+)")
_COMPOUND = re.compile(r"(?P<tag>[\w-]+|\*)?(?P<names>(?:[.#][\w-]+)*)")
_NAME = re.compile(r"([.#])([\w-]+)")
_GROUPING = frozenset({"layer", "media"})
_ANY_SCREEN = frozenset({"", "all", "screen", "only screen"})


class Compound(NamedTuple):
    """A selector of one element: its tag, id and classes, and whether its parent must match the part before it."""

    tag: str | None = None
    id: str | None = None
    classes: frozenset[str] = frozenset()
    is_child: bool = False


class StyleRule(NamedTuple):
    """A rule: its selector from the innermost element outward, the part that it styles, its weight, and its values."""

    selector: tuple[Compound, ...]
    part: str
    weight: tuple[int, int, int, int]
    values: dict[str, str]
    important: dict[str, str]


OpenElement = tuple[Any, ...]
"""An open element: its tag comes first and its attributes last."""


class StyleSheet:
    """The rules of a page, by what their innermost element must have."""

    def __init__(self, rules: Sequence[StyleRule]) -> None:
        """Index the rules."""
        self.generates = any(rule.part for rule in rules)
        self._rules: dict[str, list[StyleRule]] = {}
        for rule in rules:
            last = rule.selector[0]
            key = f"#{last.id}" if last.id else f".{min(last.classes)}" if last.classes else last.tag or "*"
            self._rules.setdefault(key, []).append(rule)

    def hides(self, tag: str, attributes: Mapping[str, str], around: Sequence[OpenElement]) -> bool:
        """Return whether the rules hide an element or strike it out."""
        said = self._values(tag, attributes, around, "")
        return bool(said) and hides(said)

    def generated(self, tag: str, attributes: Mapping[str, str], around: Sequence[OpenElement], part: str) -> str:
        """Return the text that the rules add before or after an element, a picture's placeholder for other content."""
        said = self._values(tag, attributes, around, part) if self.generates else {}
        return "" if not said or hides(said) else said.get("content", "")

    def _values(
        self, tag: str, attributes: Mapping[str, str], around: Sequence[OpenElement], part: str
    ) -> dict[str, str]:
        found = [
            rule for key in _keys(tag, attributes) for rule in self._rules.get(key, ())
            if rule.part == part and _matches(rule.selector, tag, attributes, around)
        ]  # fmt: skip
        if not found:
            return {}
        found.sort(key=lambda rule: rule.weight)
        values: dict[str, str] = {}
        for rule in found:
            values |= rule.values
        for rule in found:
            values |= rule.important
        return values


def _keys(tag: str, attributes: Mapping[str, str]) -> Iterator[str]:
    yield "*"
    yield tag
    if "class" in attributes:
        yield from {f".{name}" for name in attributes["class"].split()}
    if "id" in attributes:
        yield f"#{attributes['id']}"


def _fits(compound: Compound, tag: str, attributes: Mapping[str, str]) -> bool:
    return (
        (compound.tag is None or compound.tag == tag)
        and (compound.id is None or compound.id == attributes.get("id"))
        and (not compound.classes or compound.classes <= {*attributes.get("class", "").split()})
    )


def _matches(
    selector: tuple[Compound, ...], tag: str, attributes: Mapping[str, str], around: Sequence[OpenElement]
) -> bool:
    if not _fits(selector[0], tag, attributes):
        return False
    place, is_child = len(around), selector[0].is_child
    for compound in selector[1:]:
        nearest = place - 1
        while place > 0:
            place -= 1
            if _fits(compound, around[place][0], around[place][-1]):
                break
            if is_child:
                return False
        else:
            return False
        if is_child and place != nearest:
            return False
        is_child = compound.is_child
    return True


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
    if not _TELLS.search(css):
        return None
    import tinycss2

    rules = _that_matter(_rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)))
    return StyleSheet(rules) if rules else None


def _that_matter(found: Iterator[StyleRule]) -> list[StyleRule]:
    """Return the rules about properties by which at least one rule hides something, and those that add text."""
    rules = list(found)
    said = [
        (name, value) for rule in rules for values in (rule.values, rule.important) for name, value in values.items()
    ]
    hiding = {name for name, value in said if hides({name: value})}
    if any(hides({name: value, "overflow": "hidden"}) for name, value in said if name in SIZES):
        hiding |= {*SIZES, "overflow"}
    return [rule for rule in rules if rule.part or not hiding.isdisjoint(rule.values.keys() | rule.important.keys())]


def _rules(nodes: Sequence[Any]) -> Iterator[StyleRule]:
    import tinycss2

    for number, node in enumerate(nodes):
        if node.type == "at-rule" and node.lower_at_keyword in _GROUPING and node.content is not None:
            prelude = tinycss2.serialize(node.prelude).strip().lower()
            if node.lower_at_keyword == "layer" or prelude in _ANY_SCREEN:
                yield from _rules(tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True))
        elif node.type == "qualified-rule":
            values, important = _declarations(node.content)
            if not values and not important:
                continue
            for selector, part in _selectors(node.prelude):
                if part or (values.keys() | important.keys()) - {"content"}:
                    yield StyleRule(selector, part, (*_specificity(selector), number), values, important)


def _declarations(content: Sequence[Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the values that decide what is seen, and those marked as important."""
    import tinycss2

    values: dict[str, str] = {}
    important: dict[str, str] = {}
    for node in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if node.type != "declaration" or (node.lower_name not in DECIDING and node.lower_name != "content"):
            continue
        tokens = [token for token in node.value if token.type not in {"whitespace", "comment"}]
        if node.lower_name == "content":
            value = _text_of(tokens)
        else:
            value = " ".join(tinycss2.serialize(node.value).lower().split())
        (important if node.important else values)[node.lower_name] = value
    return values, important


def _text_of(tokens: Sequence[Any]) -> str:
    """Return generated text; a picture, a counter or a private character is no text."""
    if any(token.type == "ident" and token.lower_value in {"none", "normal"} for token in tokens):
        return ""
    if not all(token.type == "string" for token in tokens):
        return PICTURE
    text = "".join(token.value for token in tokens)
    return PICTURE if any("\ue000" <= c <= "\uf8ff" or c >= "\U000f0000" for c in text) else text


def _specificity(selector: Sequence[Compound]) -> tuple[int, int, int]:
    return (
        sum(part.id is not None for part in selector),
        sum(len(part.classes) for part in selector),
        sum(part.tag is not None for part in selector),
    )


def _selectors(prelude: Sequence[Any]) -> Iterator[tuple[tuple[Compound, ...], str]]:
    """Yield the selectors of a list that are understood, innermost element first, each with the part it styles."""
    groups: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            groups.append([])
        elif token.type != "comment":
            groups[-1].append(token)
    if all(any(token.type != "whitespace" for token in group) for group in groups):  # else the rule is invalid
        yield from filter(None, map(_selector, groups))


def _selector(tokens: Sequence[Any]) -> tuple[tuple[Compound, ...], str] | None:
    """Return a selector and the part that it styles; None where it has more than tags, ids, classes and nesting."""
    text = "".join(" " if token.type == "whitespace" else token.serialize() for token in tokens).strip()
    text, _, part = text.partition(":")
    part = part.removeprefix(":").lower()
    if part not in {"", "before", "after"}:
        return None
    parts: list[Compound] = []
    is_child = False
    for number, piece in enumerate(_COMBINATOR.split(text or "*")):
        if number % 2:
            is_child = ">" in piece
            continue
        found = _COMPOUND.fullmatch(piece)
        if not found:
            return None
        tag = found["tag"].lower() if found["tag"] and found["tag"] != "*" else None
        names = _NAME.findall(found["names"])
        ids = [name for mark, name in names if mark == "#"]
        if len(ids) > 1:
            return None
        classes = frozenset(name for mark, name in names if mark == ".")
        parts.append(Compound(tag, ids[0] if ids else None, classes, is_child))
    return tuple(reversed(parts)), part
