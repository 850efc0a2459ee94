"""A collector: keeps what it is sent by OTLP over HTTP in memory, and shows it as JSON."""

import gzip
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

KINDS = {"/v1/traces": ExportTraceServiceRequest, "/v1/metrics": ExportMetricsServiceRequest}
RECEIVED: list[dict[str, object]] = []


class Collector(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        message = MessageToDict(KINDS[self.path].FromString(body))
        RECEIVED.append(
            {"path": self.path, "key": self.headers.get("x-collector-key"), "message": message}
        )
        self.answer(b"")

    def do_GET(self) -> None:
        self.answer(json.dumps(RECEIVED).encode())

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass


ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Collector).serve_forever()  # noqa: S104
