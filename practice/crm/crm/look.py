"""How a page looks. ``VERSION`` and ``ACCENT`` are what a person sees change with a release."""

from html import escape

VERSION = "1"
ACCENT = "#2563eb"
GREETING = "Open for work."

STYLE = """
:root { --accent: %s }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; color: #1f2933; background: #f5f7fa }
header { background: var(--accent); color: white; padding: .8rem 2rem; display: flex; gap: 1.5rem }
header a { color: white } header b { flex: 1 }
main { max-width: 50rem; margin: 2rem auto; padding: 1rem 2rem; background: white; border-radius: .5rem }
table { border-collapse: collapse; width: 100%% }
td, th { text-align: left; padding: .3rem; border-top: 1px solid #e4e7eb }
footer { text-align: center; color: #7b8794 }
"""
PLACES = (("/", "Home"), ("/customers", "Customers"), ("/contacts", "Contacts"), ("/attachments", "Attachments"))


def page(title: str, body: str, *, site: str, color: str) -> str:
    """A whole page; ``body`` is HTML already, everything else is text."""
    links = "".join(f'<a href="{place}">{name}</a>' for place, name in PLACES)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)} · {escape(site)}</title>'
        f"<style>{STYLE % ACCENT}</style><header><b>{escape(site)}</b>{links}</header>"
        f"<main><h1>{escape(title)}</h1>{body}</main><footer>Version {VERSION}, {escape(color)}</footer></html>\n"
    )


def table(heads: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """Every cell is text."""
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    lines = ("".join(f"<td>{escape('' if cell is None else str(cell))}</td>" for cell in row) for row in rows)
    return f"<table><tr>{top}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"
