"""How do a run's spans and counts reach an OpenTelemetry collector?

Only where OTEL_EXPORTER_OTLP_ENDPOINT names one, by OpenTelemetry's own convention; its other variables
(headers, service name, timeouts) hold as well. What goes out are words of our own and numbers: no path, no
name of a picture or a person, no reason of an error.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

from datatools import __version__
from datatools.errors import UsageError
from datatools.telemetry import Fact, heard_by

ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
_WORDS = frozenset({"verb", "stage", "table", "engine", "status", "error"})  # facts whose texts are our own


class _Tracer:
    """Makes spans of spans, and counts items."""

    def __init__(self) -> None:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        named = {} if "OTEL_SERVICE_NAME" in os.environ else {"service.name": "datatools"}
        resource = Resource.create({**named, "service.version": __version__})
        self._spans = TracerProvider(resource=resource)
        self._spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        self._metrics = MeterProvider(metric_readers=[reader], resource=resource)
        self._tracer = self._spans.get_tracer("datatools", __version__)
        meter = self._metrics.get_meter("datatools", __version__)
        self._items = meter.create_counter("datatools.items", "{item}", "Items done, by table and status")
        self._seconds = meter.create_histogram(
            "datatools.seconds_per_item", "s", "Time of a stage's work, over the items it computed"
        )

    def span(self, name: str, facts: Mapping[str, Fact]) -> AbstractContextManager[object]:
        # What an exception says may name a file: its class is told with the event, its text to nobody.
        return self._tracer.start_as_current_span(
            f"datatools.{name}",
            attributes=_sayable(facts),
            record_exception=False,
            set_status_on_exception=False,
        )

    def event(self, name: str, facts: Mapping[str, Fact]) -> None:
        from opentelemetry import trace

        if name == "items_done":
            self._count(facts)
            return
        trace.get_current_span().add_event(name, _sayable(facts))
        if name.endswith("_failed") and name != "item_failed":
            trace.get_current_span().set_status(trace.StatusCode.ERROR, str(facts.get("error", "")))

    def _count(self, facts: Mapping[str, Fact]) -> None:
        table = str(facts["table"])
        n_failed, n_computed = int(facts["n_failed"] or 0), int(facts["n_computed"] or 0)
        self._items.add(n_computed - n_failed, {"table": table, "status": "ok"})
        self._items.add(n_failed, {"table": table, "status": "failed"})
        if n_computed:
            self._seconds.record(float(facts["seconds"] or 0) / n_computed, {"table": table})

    def close(self) -> None:
        self._spans.shutdown()
        self._metrics.shutdown()


def _sayable(facts: Mapping[str, Fact]) -> dict[str, str | int | float | bool]:
    return {
        f"datatools.{name}": value
        for name, value in facts.items()
        if value is not None and (name in _WORDS or not isinstance(value, str))
    }


@contextmanager
def _traced() -> Iterator[None]:
    try:
        tracer = _Tracer()
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{ENDPOINT_VARIABLE} asks for a trace, which needs the package {error.name}, which is not "
            "installed: run `pip install 'portrait-datatools[otel]'`, or unset the variable"
        ) from error
    try:
        with heard_by(tracer):
            yield
    finally:
        tracer.close()


def traced() -> AbstractContextManager[None]:
    """Send spans and counts to the collector that the environment names; do nothing where it names none.

    Raises:
        UsageError: one is named, and OpenTelemetry is not installed.
    """
    return _traced() if os.environ.get(ENDPOINT_VARIABLE) else nullcontext()
