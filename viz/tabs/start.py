"""Start."""

import reacton.ipyvuetify as rv
import solara

from viz.lab import Lab


@solara.component
def Start(lab: Lab):
    """Start."""
    rv.Html(tag="h2", children=[lab.say("start.lead")])
