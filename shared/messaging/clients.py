"""Starting and stopping Kafka's clients so that no connection stays open when they are cut short.

aiokafka is pinned for this: nothing public closes what it leaves behind.
"""

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

_ENDS_WITHIN_SECONDS: Final = 5.0


async def start_client(client: AIOKafkaConsumer | AIOKafkaAdminClient) -> None:
    """Start an aiokafka client; when cancelled, let the start come to its end first, for a few seconds.

    aiokafka forgets its first connection, unclosed, if it is cancelled while it asks there for the metadata. Whoever
    starts a client stops it in a `finally`, also when this raises.

    Raises:
        KafkaError, OSError: the broker cannot be reached, or does not answer in time.

    """
    starting = asyncio.create_task(client.start())
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        _, late = await asyncio.wait({starting}, timeout=_ENDS_WITHIN_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        raise


async def stop_reader(reader: AIOKafkaConsumer) -> None:
    """Stop an aiokafka consumer, started or not, and close its connections whatever its own stop does on the way.

    aiokafka cancels the requests it has under way and waits for each. One that does not catch its cancellation, such
    as one that has not begun, raises CancelledError out of `stop`, before the connections are closed, and a second
    `stop` does nothing: they would stay open as long as the loop runs, and the caller would take the error for its
    own cancellation. So the rest is done here, and that error ends here.

    Raises:
        KafkaError: what aiokafka's own stop says, such as a last commit that came to nothing.

    """
    stopping = asyncio.create_task(reader.stop())  # a task of its own, so that whose cancellation it is can be told
    await asyncio.wait({stopping})
    if not stopping.cancelled():
        stopping.result()
        return
    fetcher = reader._fetcher  # noqa: SLF001 - see the module
    if fetcher is not None:
        tasks = {fetcher._fetch_task, *fetcher._pending_tasks}  # noqa: SLF001 - see the module
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    await reader._client.close()  # noqa: SLF001 - see the module
