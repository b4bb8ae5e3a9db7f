"""The door to approvals in the store: the newest word counts, and an older one is never lost to a race."""

from edge import clock
from edge.store.port import Store
from mainstay import keys
from mainstay.approvals import Approval
from mainstay.records import decode, encode


def approve(store: Store, binding: str, approval: Approval) -> None:
    key = keys.approval(approval.system, approval.environment, binding)
    while True:
        found = store.read(key)
        expected = found.version if found else None
        if store.swap(key, encode(approval, nonce=clock.new_nonce()), expected=expected) is not None:
            return


def read_approval(store: Store, system: str, environment: str, binding: str) -> Approval | None:
    found = store.read(keys.approval(system, environment, binding))
    return decode(Approval, found.data) if found else None
