"""Does a collector get spans and counts, and nothing that names anybody?"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from datatools import tracing
from datatools.cli import main
from datatools.errors import UsageError
from datatools.telemetry import event, span
from tests.pictures import write_people

pytest.importorskip("opentelemetry.sdk")


class Collector:
    """A collector on this machine: what was posted to which path, as it came."""

    def __init__(self) -> None:
        posted: list[tuple[str, bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name that the server calls
                posted.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *given: object) -> None:
                pass

        self.posted = posted
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def spans(self) -> dict[str, dict[str, object]]:
        """Give the attributes of each span by its name."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        found: dict[str, dict[str, object]] = {}
        for path, body in self.posted:
            if path == "/v1/traces":
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    for scope in resource.scope_spans:
                        for one in scope.spans:
                            values = {
                                pair.key: pair.value.string_value or pair.value.int_value
                                for pair in one.attributes
                            }
                            values |= {"status": one.status.code, "parent": one.parent_span_id}
                            found[one.name] = values
        return found

    def items(self) -> dict[tuple[str, str], int]:
        """Give the counts of items by table and status."""
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

        found: dict[tuple[str, str], int] = {}
        for path, body in self.posted:
            if path == "/v1/metrics":
                for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                    for scope in resource.scope_metrics:
                        for metric in scope.metrics:
                            for point in metric.sum.data_points:
                                of = {pair.key: pair.value.string_value for pair in point.attributes}
                                found[of["table"], of["status"]] = point.as_int
        return found


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector that the environment names."""
    there = Collector()
    monkeypatch.setenv(tracing.ENDPOINT_VARIABLE, there.url)
    yield there
    there.close()


def test_spans_nest_and_count(collector: Collector) -> None:
    """A verb's span holds the run's; items are counted by what became of them."""
    with tracing.traced(), span("verb", verb="segment"), span("run", stage="segment") as found:
        event("items_done", table="mattes", engine="local", n_computed=5, n_kept=1, n_failed=2, seconds=1.0)
        found["number"] = 3
    spans = collector.spans()
    assert spans["datatools.run"]["datatools.stage"] == "segment"
    assert spans["datatools.run"]["parent"]
    assert not spans["datatools.verb"]["parent"]
    assert collector.items() == {("mattes", "ok"): 3, ("mattes", "failed"): 2}


def test_a_failed_span_is_an_error(collector: Collector) -> None:
    """The collector sees which span failed."""
    with pytest.raises(ValueError, match="x"), tracing.traced(), span("run", stage="check"):
        raise ValueError("x")
    assert collector.spans()["datatools.run"]["status"] == 2


def test_nothing_that_names_anybody_goes_out(collector: Collector, tmp_path: Path) -> None:
    """A whole verb with a failure: words of ours and numbers leave; paths, ids and reasons stay here."""
    write_people(tmp_path / "secret_people", 2)
    common = ["--workspace", str(tmp_path / "secret_ws"), "--quiet"]
    assert main(["ingest", "--source", str(tmp_path / "secret_people"), *common]) == 0
    assert main(["segment", "--teachers", "secret_teacher", *common]) == 2
    with tracing.traced(), span("run", stage="check"):
        event("item_failed", table="masks", item="secret_id", reason="secret reason")
    sent = b"".join(body for _, body in collector.posted)
    assert {"datatools.verb", "datatools.run"} <= set(collector.spans())
    assert b"secret" not in sent


def test_nobody_is_asked_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable no exporter is made."""
    monkeypatch.delenv(tracing.ENDPOINT_VARIABLE, raising=False)
    monkeypatch.setattr(tracing, "_Tracer", None)
    with tracing.traced(), span("run"):
        event("x")


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for a trace without the extra is told its name."""
    monkeypatch.setenv(tracing.ENDPOINT_VARIABLE, "http://127.0.0.1:1")
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.metrics", None)
    with pytest.raises(UsageError, match=r"portrait-datatools\[otel\]"), tracing.traced():
        pass
