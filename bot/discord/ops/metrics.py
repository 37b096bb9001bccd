"""What the bot counts, for Prometheus: numbers only, never whose or about what.

Labels are commands, outcomes and HTTP statuses, which are few; no text, no id of a server or of a
person is ever one. Each ``Metrics`` has a registry of its own.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Literal

import aiohttp
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

AnswerOutcome = Literal["answered", "not_found", "refused", "failed", "busy"]

# Around what Dateline promises (0.3 s to a first sign, 0.4 s to an answer) and up to Discord's
# own limits: three seconds for the first, fifteen minutes for the last.
_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 1, 2, 3, 5, 10, 30, 60, 300, 900)
_LAG = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3)  # 0.05 is what is promised


class Metrics:
    """The counters of one bot; all methods are quick and can be called from any thread."""

    def __init__(self) -> None:
        # The times at which counters began would double every series.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._interactions = Counter(
            "dateline_interactions",
            "Interactions and messages that were handled.",
            ("command", "outcome"),
            registry=registry,
        )
        self._answers = Histogram(
            "dateline_answer_seconds",
            "From the interaction to its answer.",
            ("command",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._responses = Histogram(
            "dateline_first_response_seconds",
            "From the interaction to the first sign that Discord waits for.",
            ("command",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._lag = Histogram(
            "dateline_event_loop_lag_seconds",
            "How much later than due the event loop did something, sampled.",
            buckets=_LAG,
            registry=registry,
        )
        self._http_errors = Counter(
            "dateline_discord_http_errors",
            "Requests that Discord refused, by status; none where there was no reply.",
            ("status",),
            registry=registry,
        )
        self._unread = Counter(
            "dateline_gateway_events_unread",
            "Events of Discord's that could not be read, and were passed over.",
            ("event",),
            registry=registry,
        )
        self._waiting = self._gauge("questions_waiting", "Questions that wait for their turn.")
        self._running = self._gauge("questions_running", "Questions that are being answered.")
        self._writes = self._gauge("writes_running", "Corpora that are being changed.")
        self._guilds = self._gauge("guilds", "Servers that the bot is in.")
        self._latency = self._gauge("gateway_latency_seconds", "The gateway's last heartbeat.")

    def _gauge(self, name: str, what: str) -> Gauge:
        return Gauge(f"dateline_{name}", what, registry=self.registry)

    def answered(self, command: str, outcome: AnswerOutcome, seconds: float) -> None:
        """Count an interaction that has had its answer, and how long that took in all."""
        self._interactions.labels(command, outcome).inc()
        self._answers.labels(command).observe(seconds)

    def responded(self, command: str, seconds: float) -> None:
        """Note how long it took to give Discord the first sign."""
        self._responses.labels(command).observe(seconds)

    def waiting(self) -> AbstractContextManager[None]:
        """Count a question as waiting for its turn meanwhile."""
        return self._waiting.track_inprogress()

    def running(self) -> AbstractContextManager[None]:
        """Count a question as being answered meanwhile."""
        return self._running.track_inprogress()

    def writing(self) -> AbstractContextManager[None]:
        """Count a corpus as being changed meanwhile."""
        return self._writes.track_inprogress()

    def lagged(self, seconds: float) -> None:
        """Note how late the event loop was."""
        self._lag.observe(seconds)

    def unread(self, event: str) -> None:
        """Count an event, by its kind, that could not be read."""
        self._unread.labels(event).inc()

    def watch(self, guilds: Callable[[], float], latency: Callable[[], float]) -> None:
        """Ask these whenever the numbers are wanted."""
        self._guilds.set_function(guilds)
        self._latency.set_function(latency)

    def http_trace(self) -> aiohttp.TraceConfig:
        """What counts the errors of a client's requests, as ``discord.Client(http_trace=…)``."""
        trace = aiohttp.TraceConfig()

        async def ended(
            _: aiohttp.ClientSession, __: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
        ) -> None:
            if ended.response.status >= 400:
                self._http_errors.labels(str(ended.response.status)).inc()

        async def failed(*_: object) -> None:
            self._http_errors.labels("none").inc()

        trace.on_request_end.append(ended)
        trace.on_request_exception.append(failed)
        return trace

    def text(self) -> bytes:
        """All numbers as Prometheus reads them."""
        return generate_latest(self.registry)
