"""Starts the page on a port of this machine: offline, without telemetry, without a look for newer versions."""

import os
import socket
import threading
import time
import warnings
import webbrowser

from sim.errors import Problem, ScenarioError

APP = "viz.app"
NOWHERE = "http://127.0.0.1:9/"
"""Where a missing asset would be looked for: a port that nobody answers, so that no request leaves the machine."""


def serve(host: str = "localhost", port: int = 8765, open_browser: bool = True) -> None:
    """Serves the page until interrupted; opens a browser on it when asked to.

    Parameters
    ----------
    host : name or address to listen on; `localhost` is reached from this machine only
    port : 1 to 65535
    open_browser : whether to open the page once it answers"""
    listening = _listen(host, port)
    _quick_texts()
    _offline()
    import uvicorn

    config = uvicorn.Config(
        "solara.server.starlette:app", host=host, port=port, log_level="warning", access_log=False, loop="asyncio"
    )
    server = uvicorn.Server(config)
    address = f"http://{'localhost' if host in ('0.0.0.0', '::') else host}:{port}"
    threading.Thread(target=_announce, args=(server, address, open_browser), daemon=True).start()
    server.run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """The port, taken before anything slow is loaded; raises ScenarioError when it cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        place = "--host" if isinstance(error, socket.gaierror) else "--port"
        message = f"{host}:{port} cannot be served ({error.strerror or error}); choose another"
        raise ScenarioError([Problem("hedgelab app", place, message)]) from error
    return listening


def _quick_texts() -> None:
    """Texts of tables as Python's own: a page looks up single cells, which is slow where they lie in Arrow's memory
    (a fifth to a quarter of the time of a redraw)."""
    import pandas as pd

    pd.options.mode.string_storage = "python"


def _offline() -> None:
    """Settings that must stand before the server is imported, and on it."""
    os.environ["SOLARA_APP"] = APP
    os.environ["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] = "false"
    os.environ["SOLARA_ASSETS_CDN"] = NOWHERE
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")
    import solara.server.settings
    import solara.settings

    solara.settings.assets.cdn = NOWHERE
    settings = solara.server.settings
    settings.telemetry.mixpanel_enable = False
    settings.main.mode = "production"
    settings.theme.show_banner = False
    settings.theme.title = "Hedgelab"
    settings.kernel.cull_timeout = "30m"


def _announce(server, address: str, open_browser: bool) -> None:
    """Says where the page is once it answers."""
    while not server.started:
        if server.should_exit:
            return
        time.sleep(0.05)
    print(f"Hedgelab is at {address} (stop with Ctrl-C)", flush=True)
    if open_browser:
        webbrowser.open(address)
