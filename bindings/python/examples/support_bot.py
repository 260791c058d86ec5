"""A support bot: walks the sharer through steps by chat, one after the other, and keeps a picture of
the screen after each.

Usage: support_bot.py wss://RELAY TOKEN-FILE PICTURES-FOLDER [CA.pem]
"""

import asyncio
import dataclasses
import pathlib
import sys

from qassist import ChatReceived, CodeReady, FrameReady, Helper, Picture, QassistError


@dataclasses.dataclass(frozen=True)
class Step:
    """What the sharer is told, and the word that says it is done."""

    words: str
    done: str = "done"


STEPS = [
    Step("Hello. I am a program and see your screen. Write 'ready' to begin.", "ready"),
    Step("Please open the settings. Write 'done' when you see them."),
    Step("Please switch on 'Notifications'. Write 'done' when it is on."),
]


class Bot:
    """Its place in the steps, and the newest picture."""

    def __init__(self, helper: Helper, folder: pathlib.Path) -> None:
        self.helper = helper
        self.folder = folder
        self.step = -1
        self.picture: Picture | None = None

    def next_step(self) -> None:
        if self.picture and self.step >= 0:
            self.picture.image().save(self.folder / f"step-{self.step + 1}.png")
        self.step += 1
        if self.step < len(STEPS):
            self.helper.chat(STEPS[self.step].words)
        else:
            self.helper.chat("That was all. Good-bye!")
            self.helper.end()

    def hear(self, text: str) -> None:
        step = STEPS[self.step] if 0 <= self.step < len(STEPS) else None
        if step and step.done in text.lower():
            self.next_step()
        elif step:
            self.helper.chat(f"I wait for the word '{step.done}'.")

    async def run(self) -> None:
        async for event in self.helper:
            match event:
                case CodeReady(code=code):
                    print("Tell the sharer:", code, flush=True)
                case ChatReceived(text=text):
                    self.hear(text)
                case FrameReady(frame=frame):
                    first = self.picture is None
                    self.picture = frame.copy()
                    if first:
                        self.next_step()


async def support(relay: str, token: str, folder: pathlib.Path, ca: str | None) -> None:
    async with Helper(relay, token=token, ca_file=ca) as helper:
        await Bot(helper, folder).run()


def main() -> int:
    if len(sys.argv) not in (4, 5):
        print(__doc__, file=sys.stderr)
        return 2
    token = pathlib.Path(sys.argv[2]).read_text().strip()
    ca = sys.argv[4] if len(sys.argv) > 4 else None
    try:
        asyncio.run(support(sys.argv[1], token, pathlib.Path(sys.argv[3]), ca))
    except QassistError as error:
        print(f"The session ended: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
