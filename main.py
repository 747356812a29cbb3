"""Managed by hookline: the service. `uvicorn main:app`, or `python main.py` for the whole runner."""

from pathlib import Path

from hookline.service import create_app_of, serve_project

ROOT = Path(__file__).resolve().parent

if __name__ == "__main__":
    raise SystemExit(serve_project(ROOT))

app = create_app_of(ROOT)
