"""An agent that is a Temporal worker: it summarizes texts, by keeping their first sentence.

Set TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, ORCHESTRATOR_URL and, where the service asks for keys, ORCHESTRATOR_API_KEY.
"""

import asyncio
import json
import os
import urllib.request

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

QUEUE = "summarizer"
SERVICE = os.environ.get("ORCHESTRATOR_URL", "http://127.0.0.1:8080")
HEARTBEAT_SECONDS = 20

REGISTRATION = {
    "agent_id": "summarizer-py",
    "agent_name": "Summarizer",
    "task_queue": QUEUE,
    "capabilities": [{"name": "summarize", "description": "Shortens texts"}],
    "max_concurrency": 4,
}


@activity.defn(name="execute_task")
async def execute_task(brief: dict) -> dict:
    text = brief["description"].strip()
    if not text:
        raise ApplicationError("There is no text to summarize.", type="nothing_to_do", non_retryable=True)
    activity.heartbeat("reading")
    summary = text.split(". ")[0].rstrip(".") + "."
    return {
        "output": summary,
        "outputs": {"characters": len(summary), "attempt": brief["attempt"]},
        "artifacts": [{"name": "summary.txt", "content": summary}],
    }


def post(path: str, body: dict) -> None:
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get("ORCHESTRATOR_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(SERVICE + path, json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


async def stay_registered() -> None:
    """Registers, and says from time to time that the agent is there; registering again does both."""
    while True:
        try:
            await asyncio.to_thread(post, "/agents", REGISTRATION)
        except OSError as error:
            print(f"could not register yet: {error}", flush=True)
        await asyncio.sleep(HEARTBEAT_SECONDS)


async def main() -> None:
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        namespace=os.environ.get("TEMPORAL_NAMESPACE", "default"),
    )
    async with Worker(client, task_queue=QUEUE, activities=[execute_task], max_concurrent_activities=4):
        await stay_registered()


if __name__ == "__main__":
    asyncio.run(main())
