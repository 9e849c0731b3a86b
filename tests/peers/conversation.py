"""How a relying party asks the test for what is not its own: a registration, a person at a browser, time."""

import json
import sys


def ask(**request):
    """One request; the answer."""
    print(json.dumps(request), flush=True)
    return json.loads(sys.stdin.readline())


def report(**seen):
    """The last word."""
    print(json.dumps({"report": seen}), flush=True)
