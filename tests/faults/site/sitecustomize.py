"""Installs the fault-injecting layer in processes that a process under test starts."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.faults.layer import installed  # the path comes first

installed()
