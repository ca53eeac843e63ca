"""One hub for live data: pages subscribe to channels over a WebSocket and get a snapshot, then what changed.

Client → server: `{"op": "auth", "key": …}` first where keys are demanded; `{"op": "subscribe", "channel": …, "params": {…}}`;
`{"op": "unsubscribe", "channel": …}`; `{"op": "ping"}`. Server → client: `{"channel", "type", "data"}` with the types
snapshot, delta, error and pong. `?tenant=` in the address is what `x-swarmscope-tenant` is elsewhere.

A channel is a `Source`: it makes a snapshot for one subscriber and turns published events into messages. A subscriber
that reads too slowly loses deltas and gets a new snapshot instead, so that one slow page never holds memory or others up.
Who listens is asked again every RECHECK_S: a key that was revoked or a login that has ended hears nothing more.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, runtime_checkable

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from swarmscope import telemetry
from swarmscope.errors import AuthError, ForbiddenError, InputError, SwarmscopeError
from swarmscope.model.access import Principal, Role
from swarmscope.serve.auth import TENANT_HEADER

QUEUE_MAX = 64
SUBSCRIPTIONS_MAX = 32
MESSAGE_MAX_BYTES = 64 * 1024
AUTH_WAIT_S = 5.0
RECHECK_S = 30.0
RESYNC_WAIT_S = 1.0  # before a snapshot that could not be made is tried again

_log = telemetry.logger("serve")
_clients = telemetry.gauge("swarmscope_serve_live_clients", "WebSocket clients connected")
_resyncs = telemetry.counter(
    "swarmscope_serve_live_resyncs_total", "Snapshots sent again to clients that read too slowly"
)


@runtime_checkable
class Source(Protocol):
    """What feeds one channel."""

    def snapshot(self, tenant: str, params: Mapping[str, Any]) -> Any:
        """The whole state for a new subscriber, ready for JSON; runs in a thread. InputError: bad params."""
        ...

    def delta(self, tenant: str, params: Mapping[str, Any], event: Any) -> Any:
        """What `event` changes for a subscriber, None for nothing; must be quick, it runs on the loop.

        It carries new values, not differences: one that was published while a snapshot was made follows it.
        """
        ...


@runtime_checkable
class Feed(Protocol):
    """A channel that is asked what came since last time, whenever something is published. Both calls run in a thread."""

    def begin(self, tenant: str, params: Mapping[str, Any]) -> tuple[Any, Any]:
        """What a new subscriber sees first, and the cursor after it. InputError: bad params."""
        ...

    def since(self, tenant: str, params: Mapping[str, Any], cursor: Any) -> tuple[Any, Any]:
        """What came after `cursor` (None: nothing), and the next cursor."""
        ...


@dataclass(eq=False, slots=True)
class _Subscription:
    channel: str
    params: Mapping[str, Any]
    ready: bool = False  # the snapshot is out; deltas may follow
    held: list[bytes] = field(default_factory=list)  # deltas published while the snapshot was being made
    cursor: Any = None  # of a Feed
    asking: bool = False  # a Feed is being asked
    again: bool = False  # something was published meanwhile


@dataclass(eq=False, slots=True)
class _Client:
    tenant: str
    queue: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(QUEUE_MAX))
    subscriptions: dict[str, _Subscription] = field(default_factory=dict)
    behind: set[str] = field(default_factory=set)
    asking: set[asyncio.Task[None]] = field(default_factory=set)


class Hub:
    """Channels, their sources and the clients that listen."""

    def __init__(self, authenticate: Callable[[str, Mapping[str, str]], Principal]) -> None:
        self._authenticate = authenticate
        self._sources: dict[str, Source | Feed] = {}
        self._clients: set[_Client] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, channel: str, source: Source | Feed) -> None:
        """Open a channel."""
        self._sources[channel] = source

    def publish(self, channel: str, tenant: str, event: Any) -> None:
        """Tell the subscribers of a tenant; from any thread, never blocks."""
        loop = self._loop
        if loop is not None and self._clients:
            with suppress(RuntimeError):  # the loop is closing: nobody listens any more
                loop.call_soon_threadsafe(self._fan_out, channel, tenant, event)

    def listening(self, channel: str, tenant: str) -> bool:
        """Whether anyone would hear a publish."""
        return any(c.tenant == tenant and channel in c.subscriptions for c in tuple(self._clients))

    async def serve(self, socket: WebSocket) -> None:
        """One connection, from accept to close."""
        self._loop = asyncio.get_running_loop()
        await socket.accept()
        try:
            known = await self._greet(socket)
            client = _Client((await asyncio.to_thread(known)).tenant)
        except SwarmscopeError as e:
            await _refuse(socket, e)
            return
        except (WebSocketDisconnect, WebSocketDisconnected, TimeoutError):
            with suppress(RuntimeError):
                await socket.close(4401)
            return
        self._clients.add(client)
        _clients.inc()
        works = [
            asyncio.create_task(work)
            for work in (self._listen(socket, client), self._send(socket, client), _watch(socket, client.tenant, known))
        ]
        try:
            done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await _ended(socket, task.exception())
        finally:
            self._clients.discard(client)
            _clients.dec()
            for task in (*works, *client.asking):  # one may wait for room in a queue that nobody empties any more
                task.cancel()
            await asyncio.wait(works)
            _ = [task.cancelled() or task.exception() for task in works]  # seen, so that nobody warns of them

    async def _greet(self, socket: WebSocket) -> Callable[[], Principal]:
        """What says who listens, now and later: AuthError, ForbiddenError."""
        headers = dict(socket.headers)
        if tenant := socket.query_params.get("tenant"):  # browsers cannot set headers here
            headers[TENANT_HEADER] = tenant
        known = partial(self._known, "", headers)
        try:
            await asyncio.to_thread(known)
        except AuthError as e:
            if e.status != 401:
                raise
            async with asyncio.timeout(AUTH_WAIT_S):
                first = _parse(await _text(socket))
            known = partial(self._known, str(first.get("key", "")), headers)
        return known

    def _known(self, secret: str, headers: Mapping[str, str]) -> Principal:
        principal = self._authenticate(secret, headers)
        if not principal.role.allows(Role.VIEWER):
            raise ForbiddenError(f"live data needs the role viewer, and {principal.label} has {principal.role}")
        return principal

    async def _listen(self, socket: WebSocket, client: _Client) -> None:
        while True:
            await self._receive(socket, client)

    async def _receive(self, socket: WebSocket, client: _Client) -> None:
        message: dict[str, Any] = {}
        try:
            message = _parse(await _text(socket))
            match message.get("op"):
                case "subscribe":
                    await self._subscribe(client, str(message.get("channel")), message.get("params") or {})
                case "unsubscribe":
                    client.subscriptions.pop(str(message.get("channel")), None)
                case "ping":
                    self._offer(client, "", _encode("", "pong", None))
                case "auth":
                    pass
                case other:
                    raise InputError(f"op {other!r} is not known; use subscribe, unsubscribe or ping")
        except SwarmscopeError as e:
            data = {"detail": str(e), "status": e.status}
            self._offer(client, "", _encode(str(message.get("channel", "")), "error", data))

    async def _subscribe(self, client: _Client, channel: str, params: Any) -> None:
        if channel not in self._sources:
            raise InputError(f"channel {channel!r} is not known; there are {', '.join(sorted(self._sources))}")
        if not isinstance(params, dict):
            raise InputError(f"params must be an object, not {type(params).__name__}")
        if len(client.subscriptions) >= SUBSCRIPTIONS_MAX and channel not in client.subscriptions:
            raise InputError(f"a connection holds at most {SUBSCRIPTIONS_MAX} subscriptions; end one first")
        subscription = _Subscription(channel, params)
        client.subscriptions[channel] = subscription
        try:
            await self._snapshot(client, subscription, client.queue.put)
        except BaseException:  # it was refused: what is published must not meet its params
            if client.subscriptions.get(channel) is subscription:
                del client.subscriptions[channel]
            raise

    async def _snapshot(
        self, client: _Client, subscription: _Subscription, put: Callable[[bytes], Awaitable[None]]
    ) -> None:
        source = self._sources[subscription.channel]
        subscription.ready = False
        client.behind.discard(subscription.channel)
        if isinstance(source, Feed):
            data, subscription.cursor = await asyncio.to_thread(source.begin, client.tenant, subscription.params)
        else:
            data = await asyncio.to_thread(source.snapshot, client.tenant, subscription.params)
        if client.subscriptions.get(subscription.channel) is not subscription:
            return  # another one has its place since, with params of its own
        await put(_encode(subscription.channel, "snapshot", data))
        while subscription.held:
            await put(subscription.held.pop(0))
        subscription.ready = True
        if isinstance(source, Feed) and subscription.again:
            self._ask(client, subscription, source)

    def _fan_out(self, channel: str, tenant: str, event: Any) -> None:
        source = self._sources.get(channel)
        if source is None:
            return
        for client in tuple(self._clients):
            subscription = client.subscriptions.get(channel)
            if subscription is None or client.tenant != tenant or channel in client.behind:
                continue
            if isinstance(source, Feed):
                subscription.again = True
                if subscription.ready:
                    self._ask(client, subscription, source)
                continue
            try:
                data = source.delta(tenant, subscription.params, event)
            except SwarmscopeError as e:  # its snapshot, which is being made, is refused with the same words
                _log.info("live_delta_refused", channel=channel, reason=str(e))
                continue
            if data is None:
                continue
            if subscription.ready:
                self._offer(client, channel, _encode(channel, "delta", data))
            elif len(subscription.held) < QUEUE_MAX:
                subscription.held.append(_encode(channel, "delta", data))
            else:
                client.behind.add(channel)

    def _ask(self, client: _Client, subscription: _Subscription, feed: Feed) -> None:
        """Have the feed asked once; what is published meanwhile makes it be asked again, not twice at a time."""
        if subscription.asking:
            return
        subscription.asking = True
        task = asyncio.create_task(self._pull(client, subscription, feed))
        client.asking.add(task)
        task.add_done_callback(client.asking.discard)

    async def _pull(self, client: _Client, subscription: _Subscription, feed: Feed) -> None:
        try:
            while True:
                subscription.again = False
                data, cursor = await asyncio.to_thread(
                    feed.since, client.tenant, subscription.params, subscription.cursor
                )
                if client.subscriptions.get(subscription.channel) is not subscription:
                    return  # what its params let through would stand among what others do
                subscription.cursor = cursor
                if data is not None:
                    await client.queue.put(_encode(subscription.channel, "delta", data))
                if not subscription.again:
                    return
        except SwarmscopeError as e:
            self._offer(client, "", _encode(subscription.channel, "error", {"detail": str(e), "status": e.status}))
        finally:
            subscription.asking = False

    def _offer(self, client: _Client, channel: str, message: bytes) -> None:
        try:
            client.queue.put_nowait(message)
        except asyncio.QueueFull:
            if channel:
                client.behind.add(channel)

    async def _send(self, socket: WebSocket, client: _Client) -> None:
        while True:
            if client.behind and client.queue.empty():
                await self._resync(socket, client)
            try:
                async with asyncio.timeout(RESYNC_WAIT_S if client.behind else None):
                    message = await client.queue.get()
            except TimeoutError:
                continue
            await socket.send_text(message.decode())

    async def _resync(self, socket: WebSocket, client: _Client) -> None:
        """New snapshots of the channels that lost deltas. Past the queue, which only the caller empties."""

        async def put(message: bytes) -> None:
            await socket.send_text(message.decode())

        for channel in tuple(client.behind):
            subscription = client.subscriptions.get(channel)
            if subscription is None:
                client.behind.discard(channel)
                continue
            _resyncs.inc()
            try:
                await self._snapshot(client, subscription, put)
            except SwarmscopeError as e:  # the store is away, say
                client.behind.add(channel)
                await put(_encode(channel, "error", {"detail": str(e), "status": e.status}))
                return


async def _watch(socket: WebSocket, tenant: str, known: Callable[[], Principal]) -> None:
    """Ends the connection of who may not listen any more."""
    while True:
        await asyncio.sleep(RECHECK_S)
        try:
            if (await asyncio.to_thread(known)).tenant != tenant:
                raise AuthError("this credential is of another tenant now; connect again")
        except AuthError as e:
            await _refuse(socket, e)
            return
        except SwarmscopeError:  # the catalog is away: who was let in stays until it says otherwise
            continue


async def _refuse(socket: WebSocket, error: SwarmscopeError) -> None:
    await socket.send_text(_encode("", "error", {"detail": str(error), "status": error.status}).decode())
    await socket.close(4401 if error.status == 401 else 1013 if error.retryable else 4403)


async def _ended(socket: WebSocket, error: BaseException | None) -> None:
    """A page that went is nothing new; any other end is a defect, and the page had better connect again."""
    if error is None or isinstance(error, WebSocketDisconnect | WebSocketDisconnected):
        return
    _log.error("live_failed", error=repr(error), exc_info=error)
    with suppress(RuntimeError, WebSocketDisconnected):
        await socket.close(1011)


async def _text(socket: WebSocket) -> str:
    """The next message. InputError for a binary one."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    if not isinstance(text, str):
        raise InputError("a binary message; send JSON as text")
    return text


def _encode(channel: str, kind: str, data: Any) -> bytes:
    return orjson.dumps({"channel": channel, "type": kind, "data": data}, option=orjson.OPT_SERIALIZE_NUMPY)


def _parse(text: str) -> dict[str, Any]:
    if len(text) > MESSAGE_MAX_BYTES:
        raise InputError(f"a message of {len(text)} characters; at most {MESSAGE_MAX_BYTES} are read")
    try:
        message = orjson.loads(text)
    except json.JSONDecodeError as e:
        raise InputError(f"the message is not JSON: {e}") from e
    if not isinstance(message, dict):
        raise InputError("a message is an object with an `op`")
    return message
