"""Generate docs/reference/model.schema.json: python docs/generate_model_schema.py."""

import json
from pathlib import Path

from doge_datagen.modelfile.json_schema import schema

PAGE = Path(__file__).parent / "reference" / "model.schema.json"


def page() -> str:
    """The whole file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
