"""Compare."""

import reacton.ipyvuetify as rv
import solara

from viz.lab import Lab


@solara.component
def Compare(lab: Lab):
    """Compare."""
    rv.Html(tag="h2", children=[lab.say("compare.title")])
