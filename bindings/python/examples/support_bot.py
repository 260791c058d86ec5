"""A support bot: walks the sharer through steps by chat, draws an arrow to where each one is done, and
keeps a picture of the screen after each.

Usage: support_bot.py wss://RELAY TOKEN-FILE PICTURES-FOLDER [CA.pem]
"""

import asyncio
import dataclasses
import pathlib
import sys

from qassist import (
    ChatReceived,
    CodeReady,
    Denied,
    FrameReady,
    Helper,
    MarkKind,
    NoAnswer,
    Permission,
    Picture,
    QassistError,
)


@dataclasses.dataclass(frozen=True)
class Step:
    """What the sharer is told, the word that says it is done, and where on the screen that is (as
    parts of its width and height)."""

    words: str
    done: str = "done"
    place: tuple[float, float] | None = None


STEPS = [
    Step("Hello. I am a program and see your screen. Write 'ready' to begin.", "ready"),
    Step("Please open the menu in the corner above. Write 'done' when it is open.", place=(0.05, 0.05)),
    Step("Please choose the settings in it. Write 'done' when you see them.", place=(0.05, 0.5)),
]


class Bot:
    """Its place in the steps, and the newest picture."""

    def __init__(self, helper: Helper, folder: pathlib.Path) -> None:
        self.helper = helper
        self.folder = folder
        self.step = -1
        self.picture: Picture | None = None

    async def begin(self) -> None:
        try:
            await self.helper.request(Permission.ANNOTATE, "to show you where to click")
        except (Denied, NoAnswer):
            pass  # words alone will have to do
        self.next_step()

    def next_step(self) -> None:
        if self.picture and self.step >= 0:
            self.picture.image().save(self.folder / f"step-{self.step + 1}.png")
        self.step += 1
        if self.step == len(STEPS):
            self.helper.chat("That was all. Good-bye!")
            self.helper.end()
            return
        self.helper.chat(STEPS[self.step].words)
        self.draw_arrow(STEPS[self.step].place)

    def draw_arrow(self, place: tuple[float, float] | None) -> None:
        if not self.picture or not self.helper.permissions & Permission.ANNOTATE:
            return
        self.helper.clear()
        if place:
            width, height = self.picture.width, self.picture.height
            tip = int(place[0] * width), int(place[1] * height)
            self.helper.mark(MarkKind.ARROW, [(width // 2, height // 2), tip])

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
                        await self.begin()


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
