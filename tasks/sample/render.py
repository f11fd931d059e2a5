"""Every way in which a statement can be printed, by name."""

from tasks.sample.render_delimited import DELIMITED, Render
from tasks.sample.render_messages import MESSAGES
from tasks.sample.render_ofx import OFX

RENDERERS: dict[str, Render] = {
    **DELIMITED,
    **{name: OFX[name].render for name in OFX},
    **MESSAGES,
}
"""Nine delimited styles, named like their bank layouts, seven OFX dialects, and four messages."""
