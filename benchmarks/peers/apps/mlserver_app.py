"""MLServer, its settings made for one port, one process."""

import json
import os
import sys
from pathlib import Path

port = int(sys.argv[1])
settings = {
    "host": "127.0.0.1",
    "http_port": port,
    "grpc_port": port + 1,
    "metrics_port": port + 2,
    "parallel_workers": 0,
    "debug": False,
}
Path("settings.json").write_text(json.dumps(settings))
program = str(Path(sys.executable).with_name("mlserver"))
os.execv(program, [program, "start", "."])  # noqa: S606 - it takes this process's place
