"""What Elasticsearch and Kibana need to know of the contract: field types, a data view, a dashboard."""

from __future__ import annotations

from hookline.predlog.kibana.files import write_files
from hookline.predlog.kibana.objects import saved_objects
from hookline.predlog.kibana.template import index_template

__all__ = ["index_template", "saved_objects", "write_files"]
