"""Whom a descriptor names, as the notice doors take them."""

from mainstay.descriptor.system import Notices
from mainstay.notices import Destination, MailTo, WebhookTo


def destinations(said: Notices) -> tuple[Destination, ...]:
    hooks = tuple(WebhookTo(address) for address in said.webhooks)
    if said.mail is None:
        return hooks
    login = said.mail.login
    return (
        *hooks,
        MailTo(
            said.mail.server,
            said.mail.sender,
            said.mail.to,
            login.user if login else None,
            login.password if login else None,
        ),
    )
