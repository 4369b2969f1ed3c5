"""Small pieces of pages that stand there thousands of times, made once or in a few steps."""

import functools

from markupsafe import Markup, escape

from manifests.pages.words import visible
from model.report.outcomes import OUTCOMES


@functools.cache
def sample(side: str, outcome: str) -> Markup:
    """The look of an outcome on a picture, as on a legend."""
    return Markup(
        '<svg class="sample {} o-{}" viewBox="0 0 30 12" aria-hidden="true" focusable="false">'
        '<rect width="30" height="12" rx="2"/><line x1="2" x2="28" y1="6" y2="6"/></svg>'
    ).format(side, outcome)


@functools.cache
def outcome(side: str, name: str) -> Markup:
    """An outcome's look and its name in words."""
    title = next(each.title for each in OUTCOMES[side] if each.name == name)
    return Markup("{} {}").format(sample(side, name), title)


def said(text: str, most: int) -> Markup:
    """A text of unknown origin: escaped, set apart from the direction of what is around it, and
    cut to ``most`` characters, with the whole in its title."""
    whole = visible(text)
    if len(whole) <= most:
        return Markup('<bdi class="said">{}</bdi>').format(whole)
    return Markup('<bdi class="said" title="{}">{}…</bdi>').format(whole, escape(whole[:most]))


def partners(names: list[str]) -> Markup:
    """Links to the rows of partners."""
    return Markup("").join(Markup(' <a href="#{0}">{0}</a>').format(name) for name in names)
