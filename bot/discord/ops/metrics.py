"""The bot's numbers for Prometheus.

Labels are commands, outcomes and HTTP statuses; never a text or the id of a server or a person.
Each ``Metrics`` has a registry of its own.
"""

from functools import partial
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

# From what Dateline promises (0.3 s to a first response, 0.4 s to an answer) up to what Discord
# allows: three seconds for the first response, fifteen minutes for the last.
_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 1, 2, 3, 5, 10, 30, 60, 300, 900)
_LAG = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3)  # 0.05 is what is promised


class Metrics:
    """The numbers of one bot; they can be changed from any thread."""

    def __init__(self) -> None:
        # The creation times of counters would double every series.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        counter = partial(Counter, namespace="dateline", registry=registry)
        gauge = partial(Gauge, namespace="dateline", registry=registry)
        seconds = partial(
            Histogram, namespace="dateline", unit="seconds", registry=registry, buckets=_SECONDS
        )
        self._interactions = counter(
            "interactions", "Interactions and messages that were handled.", ["command", "outcome"]
        )
        self._answers = seconds("answer", "From the interaction to its answer.", ["command"])
        self.responses = seconds(
            "first_response",
            "From the interaction to the first sign that Discord waits for.",
            ["command"],
        )
        self.lag = seconds(
            "event_loop_lag",
            "How much later than due the event loop did something, sampled.",
            buckets=_LAG,
        )
        self._http_errors = counter(
            "discord_http_errors",
            "Requests that Discord refused, by status; none where there was no reply.",
            ["status"],
        )
        self.unread = counter(
            "gateway_events_unread",
            "Discord events that could not be read and were skipped.",
            ["event"],
        )
        self.watches = counter(
            "watches_told", "Answers to watched questions, told or refused by Discord.", ["outcome"]
        )
        self.corrections = counter(
            "corrections", "Answers marked as their article changed, or refused.", ["outcome"]
        )
        self.feeds = counter("feed_fetches", "Feeds that were asked for what is new.", ["outcome"])
        self.feed_articles = counter("feed_articles", "Articles that feeds brought in.")
        self.waiting = gauge("questions_waiting", "Questions that wait for their turn.")
        self.running = gauge("questions_running", "Questions that are being answered.")
        self.writing = gauge("writes_running", "Corpora that are being changed.")
        self.guilds = gauge("guilds", "Servers that the bot is in.")
        self.latency = gauge("gateway_latency_seconds", "The gateway's last heartbeat.")

    def answered(self, command: str, outcome: AnswerOutcome, seconds: float) -> None:
        """Count an interaction that has its answer, and how long that took."""
        self._interactions.labels(command, outcome).inc()
        self._answers.labels(command).observe(seconds)

    def http_trace(self) -> aiohttp.TraceConfig:
        """A trace that counts the errors of requests, for ``discord.Client(http_trace=…)``."""
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
