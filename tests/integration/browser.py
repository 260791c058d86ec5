"""A real browser, without a window: opens a page as a computer or a telephone and is asked about it."""

import asyncio
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request

import websockets

PROGRAM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium"))), None)


class Page:
    """What became of a page; `complaints` is what the browser had to say about it."""

    def __init__(self, answers, complaints, screenshot):
        self.answers, self.complaints, self.screenshot = answers, complaints, screenshot


async def _look(address, url, size, phone, questions):
    complaints, number = [], 0
    async with websockets.connect(address, max_size=None) as socket:

        async def ask(method, **parameters):
            nonlocal number
            number += 1
            await socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
            return await wait(lambda message: message.get("id") == number)

        async def wait(fits):
            while True:
                message = json.loads(await asyncio.wait_for(socket.recv(), 120))
                if message.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                    complaints.append(message["params"])
                if fits(message):
                    return message.get("result")

        for domain in ("Page", "Log", "Runtime"):
            await ask(f"{domain}.enable")
        await ask("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1,
                  mobile=phone)
        await socket.send(json.dumps({"id": 0, "method": "Page.navigate", "params": {"url": url}}))
        await wait(lambda message: message.get("method") == "Page.loadEventFired")
        answers = []
        for question in questions:
            result = await ask("Runtime.evaluate", expression=question, returnByValue=True)
            answers.append(result["result"].get("value"))
        picture = await ask("Page.captureScreenshot", captureBeyondViewport=True)
    return Page(answers, complaints, base64.b64decode(picture["data"]))


def look(url, folder, *questions, size=(1280, 900), phone=False, language="en-GB"):
    """Opens the page, whoever vouches for its certificate, and asks it questions (JavaScript expressions)."""
    process = subprocess.Popen(
        [PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--ignore-certificate-errors", f"--accept-lang={language}", f"--user-data-dir={folder / 'browser'}",
         "--no-proxy-server", "--remote-debugging-port=0", "about:blank"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True)
    try:
        for line in process.stderr:
            found = re.search(r"DevTools listening on ws://([0-9.]+:\d+)/", line)
            if found:
                break
        else:
            raise AssertionError("the browser did not start")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        tabs = json.load(opener.open(f"http://{found[1]}/json/list", timeout=60))
        tab = next(tab for tab in tabs if tab["type"] == "page")
        return asyncio.run(_look(tab["webSocketDebuggerUrl"], url, size, phone, questions))
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # it has processes of its own
        process.wait()
        process.stderr.close()
