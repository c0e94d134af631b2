"""Serve a folder of HTML to this machine's browser until Ctrl-C."""

from __future__ import annotations

import argparse
import functools
import http.server
import pathlib
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    """The standard one, but silent, and never answering from a browser's cache."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bazel run //docs:serve --",
        description="Serve the documentation on this machine until Ctrl-C.",
    )
    parser.add_argument("folder", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=8000, help="default: 8000; 0: any free one")
    options = parser.parse_args()
    handler = functools.partial(Handler, directory=str(options.folder))
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), handler)
    except (OSError, OverflowError) as error:
        print(f"serve: port {options.port}: {error}; choose another with --port", file=sys.stderr)
        return 2
    with server:
        print(f"http://127.0.0.1:{server.server_port}/  (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
