"""The command line: `python -m services start`, `stop`, `fetch`."""

import argparse
import shlex
import signal
import sys
from pathlib import Path
from types import FrameType

from services import background, programs
from services.errors import ServiceError
from services.shared import SERVICES, keep

STOP_HINT = "stop them with: make services-stop (or: python -m services stop); other clones have their own servers"


def main() -> None:
    """Run the command; a ServiceError is printed without a traceback and exits with code 1."""
    signal.signal(signal.SIGTERM, _exit_on_signal)
    arguments = _parser().parse_args()
    try:
        run(arguments)
    except ServiceError as error:
        sys.exit(f"error: {error}")


def run(arguments: argparse.Namespace) -> None:
    """Run a parsed command."""
    match arguments.command:
        case "start":
            for variable, address in background.start().items():
                print(f"export {variable}={shlex.quote(address)}")
            print(STOP_HINT, file=sys.stderr)
        case "stop":
            background.stop()
        case "fetch":
            for service in SERVICES.values():
                service.kind.fetch()
                service.kind.warm_up()
            programs.graphviz()  # not a server, but the tests draw graphs
        case "keep":
            keep(arguments.name, arguments.folder, owned=arguments.owned)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services", description="Real servers for tests and experiments.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "start", help="start Kafka, a schema registry and PostgreSQL; print their addresses as shell commands"
    )
    commands.add_parser("stop", help="stop the servers that this clone has started, and delete their data")
    commands.add_parser(
        "fetch", help="install, download and warm up what the servers and tests need, without starting anything"
    )
    keeper = commands.add_parser("keep", help="run one server until its owner exits (used by the tests)")
    keeper.add_argument("name", choices=SERVICES)
    keeper.add_argument("folder", type=Path)
    keeper.add_argument(
        "--owned", action="store_true", help="stop when the folder's owner exits, not only when the folder is deleted"
    )
    return parser


def _exit_on_signal(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
