"""The address space that this process may have, and the least that it needs."""

import os
import resource

from fxtrack.errors import MORE_MEMORY, FxtrackError
from fxtrack.limits import ADDRESS_SPACE_BYTES


def least_address_space() -> int:
    """Return the bytes of address space without which nothing begins; see `limits.ADDRESS_SPACE_BYTES`."""
    always, each = ADDRESS_SPACE_BYTES
    return always + each * (os.cpu_count() or 1)


def check_address_space() -> None:
    """Refuse to begin where libraries could not reserve their memory, which would end the process without a message.

    Raises:
        FxtrackError: the process may have less than `least_address_space`.
    """
    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    if 0 <= allowed < (least := least_address_space()):
        raise FxtrackError(
            f"out of memory: this process may have {allowed // 1024:,} KiB of address space, and the libraries reserve"
            f" up to {least // 1024:,} KiB, of which they use little; {MORE_MEMORY}"
        )
