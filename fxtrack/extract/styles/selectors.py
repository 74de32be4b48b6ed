"""Reads selectors of style sheets, and finds the elements that they select. Pure.

Understood are tags, classes, ids, attributes, ``:is``, ``:where`` and ``:not`` of these, and descendants and children.
A selector with anything else (``:nth-child``, siblings) selects more elements here than in a browser: it is not exact.
States that no page begins in (``:hover``) select nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

_NEVER = frozenset({
    "hover", "focus", "focus-within", "focus-visible", "active", "visited", "target", "target-within", "empty",
    "checked", "indeterminate", "invalid", "user-invalid", "fullscreen", "modal", "popover-open", "autofill",
    "-webkit-autofill", "playing", "past", "future", "-moz-focusring", "placeholder-shown", "disabled",
    "-ms-input-placeholder", "host",
})  # fmt: skip
_ALWAYS = frozenset({"defined", "enabled", "scope"})
_ANY_OF = frozenset({"is", "where", "matches", "-webkit-any", "-moz-any"})
_PARTS = {"before": "before", "after": "after", "marker": "before"}

_MOST, _DEPTH = 32, 4  # selectors of a list within a selector, and lists within one another

OpenElement = tuple[Any, ...]
"""An open element: its tag comes first and its attributes last."""


class Compound(NamedTuple):
    """A selector of one element: what it must have, and whether its parent must match the compound before it."""

    tag: str | None = None
    id: str | None = None
    classes: frozenset[str] = frozenset()
    attributes: tuple[tuple[str, str, str], ...] = ()
    any_of: tuple[tuple["Compound", ...], ...] = ()
    none_of: tuple["Compound", ...] = ()
    is_child: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether an element without attributes may have all of it."""
        return not (self.id or self.classes or self.attributes) and all(
            any(other.is_plain for other in others) for others in self.any_of
        )


class Selector(NamedTuple):
    """A selector: its compounds from the innermost element outward, the part that it styles, whether it is exact."""

    compounds: tuple[Compound, ...]
    part: str = ""
    exact: bool = True

    @property
    def weight(self) -> tuple[int, int, int]:
        """Its specificity, in which ``:is`` and ``:not`` count as one class each."""
        return (
            sum(one.id is not None for one in self.compounds),
            sum(len(one.classes) + len(one.attributes) + len(one.any_of) + len(one.none_of) for one in self.compounds),
            sum(one.tag is not None for one in self.compounds),
        )

    def matches(self, tag: str, attributes: Mapping[str, str], around: Sequence[OpenElement]) -> bool:
        """Return whether it selects an element, or may select it, within the elements around it."""
        if not _fits(self.compounds[0], tag, attributes):
            return False
        place, is_child = len(around), self.compounds[0].is_child
        for compound in self.compounds[1:]:
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


def keys_of(compound: Compound) -> list[str]:
    """Return keys of which every element that a compound selects has one; `keys_had` tells those of an element."""
    if compound.id:
        return [f"#{compound.id}"]
    if compound.classes:
        return [f".{min(compound.classes)}"]
    if compound.tag:
        return [compound.tag]
    if compound.any_of:
        return list(dict.fromkeys(key for other in compound.any_of[0] for key in keys_of(other)))
    return ["*"]


def keys_had(tag: str, attributes: Mapping[str, str]) -> Iterator[str]:
    """Yield the keys of an element."""
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
        and all(_has(attributes.get(name), sign, value) for name, sign, value in compound.attributes)
        and all(any(_fits(other, tag, attributes) for other in others) for others in compound.any_of)
        and not any(_fits(other, tag, attributes) for other in compound.none_of)
    )


def _has(given: str | None, sign: str, value: str) -> bool:
    if given is None:
        return False
    return {
        "": True,
        "=": given == value,
        "~=": value in given.split(),
        "|=": given == value or given.startswith(f"{value}-"),
        "^=": value != "" and given.startswith(value),
        "$=": value != "" and given.endswith(value),
        "*=": value != "" and value in given,
    }.get(sign, False)


def selectors(tokens: Sequence[Any], parents: Sequence[Selector] = (), depth: int = 0) -> Iterator[Selector]:
    """Yield the selectors of a list, without those that select nothing.

    Args:
        tokens: the list, as the parser of style sheets gives it.
        parents: the selectors of the rule around it.
        depth: number of lists around it.
    """
    parents = [parent for parent in parents[: _MOST + 1] if not parent.part]
    groups: list[list[Any]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            groups.append([])
        elif token.type != "comment":
            groups[-1].append(token)
    if all(any(token.type != "whitespace" for token in group) for group in groups):  # else the rule is invalid
        for group in groups:
            if found := _Reading(parents, depth).selector(group):
                yield found


class _Unreadable(Exception):
    pass


class _Reading:
    """A selector that is being read."""

    def __init__(self, parents: Sequence[Selector], depth: int) -> None:
        self._parents, self._depth = parents, depth
        self._part = ""
        self._exact = True
        self._nested = False

    def selector(self, tokens: Sequence[Any]) -> Selector | None:
        """Return the selector, None if it selects nothing."""
        compounds: list[Compound] = []
        pieces, is_child = self._pieces(tokens), False
        try:
            for combinator, piece in pieces:
                if self._part:
                    return None
                is_child = combinator == ">"
                if combinator in {"+", "~"}:
                    compounds.clear()  # what stands left of a sibling is not looked at
                    self._exact = is_child = False
                if piece:
                    compounds.append(
                        self._compound(piece)._replace(is_child=is_child and bool(compounds or self._parents))
                    )
        except _Unreadable:
            return None
        if self._parents and not self._nested:
            compounds.insert(0, self._parent())
        return Selector(tuple(reversed(compounds)), self._part, self._exact) if compounds else None

    @staticmethod
    def _pieces(tokens: Sequence[Any]) -> list[tuple[str, list[Any]]]:
        """Return the compounds, each with the combinator before it."""
        pieces: list[tuple[str, list[Any]]] = [("", [])]
        for token in tokens:
            if token.type == "whitespace":
                if pieces[-1][1]:
                    pieces.append((" ", []))
            elif token.type == "literal" and token.value in {">", "+", "~"}:
                if pieces[-1][1]:
                    pieces.append((token.value, []))
                else:
                    pieces[-1] = (token.value, [])
            else:
                pieces[-1][1].append(token)
        return [(sign, piece) for sign, piece in pieces if piece]

    def _parent(self) -> Compound:
        self._nested = True
        self._exact = self._exact and all(one.exact and len(one.compounds) == 1 for one in self._parents)
        if len(self._parents) > _MOST:
            self._exact = False
            return Compound()
        return Compound(any_of=(tuple(one.compounds[0] for one in self._parents),))

    def _compound(self, tokens: list[Any]) -> Compound:
        one, place = Compound(), 0
        while place < len(tokens):
            token, following = tokens[place], tokens[place + 1] if place + 1 < len(tokens) else None
            place += 1
            if self._part:
                raise _Unreadable  # nothing is selected within generated text
            if token.type == "ident" and place == 1:
                one = one._replace(tag=token.lower_value)
            elif token.type == "hash" and one.id is None:
                one = one._replace(id=token.value)
            elif token.type == "[] block":
                one = one._replace(attributes=(*one.attributes, self._attribute(token.content)))
            elif token.type != "literal":
                raise _Unreadable
            else:
                one, place = self._marked(one, token.value, following, tokens, place)
        return one

    def _marked(
        self, one: Compound, mark: str, following: Any, tokens: list[Any], place: int  # noqa: ANN401 -- of the parser
    ) -> tuple[Compound, int]:  # fmt: skip
        """Return a compound with the part that begins with a mark before `place`, and the place behind it."""
        if mark == "." and following is not None and following.type == "ident":
            return one._replace(classes=one.classes | {following.value}), place + 1
        if mark == "&" and self._parents:
            return one._replace(any_of=(*one.any_of, *self._parent().any_of)), place
        if mark == ":" and following is not None:
            doubled = following.type == "literal" and following.value == ":"
            name = tokens[place + 1] if doubled and place + 1 < len(tokens) else following
            return self._pseudo(one, name, is_element=doubled), place + 1 + doubled
        if mark != "*" or place > 1:
            raise _Unreadable
        return one, place

    @staticmethod
    def _attribute(content: Sequence[Any]) -> tuple[str, str, str]:
        tokens = [token for token in content if token.type not in {"whitespace", "comment"}]
        if not tokens or tokens[0].type != "ident":
            raise _Unreadable
        if len(tokens) == 1:
            return tokens[0].lower_value, "", ""
        sign = "".join(token.value for token in tokens[1:] if token.type == "literal")
        values = [token.value for token in tokens[1:] if token.type in {"ident", "string"}]
        return tokens[0].lower_value, sign, values[0] if values else ""

    def _pseudo(self, one: Compound, token: Any, *, is_element: bool) -> Compound:  # noqa: ANN401 -- of the parser
        name = getattr(token, "lower_value", None) or getattr(token, "lower_name", "")
        if name in _PARTS and (is_element or name != "marker"):
            self._part = _PARTS[name]
        elif is_element or name in _NEVER:
            raise _Unreadable
        elif name == "root":
            return one._replace(tag=one.tag or "html")
        elif token.type == "function" and name in _ANY_OF | {"not"}:
            if self._depth == _DEPTH:
                raise _Unreadable
            inner = list(islice(selectors(token.arguments, (), self._depth + 1), _MOST + 1))
            lasts = tuple(other.compounds[0] for other in inner)
            exact = len(inner) <= _MOST and all(other.exact and len(other.compounds) == 1 for other in inner)
            if name == "not":
                self._exact = self._exact and exact
                return one._replace(none_of=(*one.none_of, *lasts)) if exact else one
            if not lasts:
                raise _Unreadable
            self._exact = self._exact and exact
            if len(inner) > _MOST:
                return one
            return one._replace(any_of=(*one.any_of, lasts))
        elif name not in _ALWAYS:
            self._exact = False
        return one
