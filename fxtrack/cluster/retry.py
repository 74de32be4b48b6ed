"""Which units to try again after their process died: each a few times, and a group file by file. Pure."""

from fxtrack.cluster.unit import Unit, one_by_one


class Attempts:
    """Counts the attempts at units."""

    def __init__(self, retries: int, settings: str) -> None:
        """Allow `retries` further attempts at each unit; `settings` is the digest that names units."""
        self._retries, self._settings = retries, settings
        self._failed: dict[str, int] = {}

    def after_failure(self, unit: Unit) -> list[Unit]:
        """Return the units to try in place of one that failed; none if it is lost."""
        failed = self._failed[unit.name] = self._failed.get(unit.name, 0) + 1
        return [unit] if failed <= self._retries else one_by_one(unit, self._settings)

    def forget(self, unit: Unit) -> None:
        """Forget a unit that is done."""
        self._failed.pop(unit.name, None)
