"""Names that a shell completes: pairs and sources of the database, sources of the configuration."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from fxtrack.errors import FxtrackError

if TYPE_CHECKING:
    from fxtrack.config.config import Config


class PairName(click.ParamType[str]):
    """A pair, completed from the published file."""

    name = "pair"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """Return the stored pairs that begin with the text so far; a dash stands for the slash."""
        pairs: list[str] = []
        with suppress(FxtrackError):
            from fxtrack.store.query import open_published
            from fxtrack.store.selection import known_pairs

            with open_published(_config(ctx)) as connection:
                pairs = known_pairs(connection)
        return _beginning(pairs, incomplete.upper().replace("-", "/"))


class SourceName(click.ParamType[str]):
    """A source, completed from the configuration."""

    name = "source"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """Return the configured sources that begin with the text so far."""
        sources: list[str] = []
        with suppress(FxtrackError):
            sources = [source.name for source in _config(ctx).settings.sources]
        return _beginning(sources, incomplete)


def _config(ctx: click.Context) -> "Config":
    from fxtrack.config.load import load_config

    return load_config(Path(ctx.find_root().params["config"]))


def _beginning(names: Iterable[str], text: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(text)]
