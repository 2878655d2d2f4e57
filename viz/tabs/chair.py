"""Chair."""

import reacton.ipyvuetify as rv
import solara

from viz.lab import Lab


@solara.component
def Chair(lab: Lab):
    """Chair."""
    rv.Html(tag="h2", children=[lab.say("chair.title")])
