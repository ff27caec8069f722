"""The JSON Schema of the tool document, for whoever writes one: docs/contracts/audit-tool.schema.json.

`python -m services.audit.app.tools.schema FILE` writes it anew; a test keeps the file true.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from services.audit.domain.tools.document import ToolDocument


def tool_schema() -> str:
    """Return the schema as the text of its file."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:sightline:schema:audit-tool",
        **ToolDocument.model_json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(tool_schema(), encoding="utf-8")
