"""The command `dynnet`: where the reproduction cannot run, one line says why; else `cli` takes over."""

import sys

from dynnet.errors import DynnetError
from dynnet.paper.locations import check_checkout


def main() -> None:
    """Entry point; exit code 2 where there is no checkout, or its packages are not installed."""
    try:
        check_checkout()
        from dynnet.paper import cli
    except DynnetError as error:
        _give_up(str(error))
    except ModuleNotFoundError as error:
        _give_up(f'the package {error.name!r} is missing: `make` installs it, or pip install -e ".[paper]"')
    cli.main()


def _give_up(why: str) -> None:
    sys.stderr.write(f"dynnet: {why}\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
