"""The model server of the SDK's tests is used here as well."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "sdk" / "tests"))
