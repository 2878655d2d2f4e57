"""Branches."""

import reacton.ipyvuetify as rv
import solara

from viz.lab import Lab


@solara.component
def Branches(lab: Lab):
    """Branches."""
    rv.Html(tag="h2", children=[lab.say("branches.title")])
