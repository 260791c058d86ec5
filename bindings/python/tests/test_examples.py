"""The examples do what their first lines say, and what README shows runs."""

import asyncio
import re
import sys

from conftest import ROOT
from PIL import Image
from pair import first_frame, helper_on, painting, run

from qassist import ChatReceived, Marked, MarkStep, Permission

EXAMPLES = ROOT / "bindings" / "python" / "examples"


class Example:
    """A running example; its lines are waited for."""

    @classmethod
    async def start(cls, name, *arguments):
        self = cls()
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, str(name), *map(str, arguments),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        return self

    async def line(self, pattern):
        while line := (await self.process.stdout.readline()).decode():
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"an example ended without saying {pattern}")

    def type(self, text):
        self.process.stdin.write(text.encode())

    async def finish(self):
        assert await self.process.wait() == 0

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


CODE = r"\d{4} \d{4} \d{4}"


def test_headless_helper_saves_a_picture(relay, tmp_path):
    async def session():
        out = tmp_path / "screen.png"
        async with await Example.start(EXAMPLES / "headless_helper.py", relay.url, relay.token_file,
                                       out, relay.ca) as helper:
            code = (await helper.line(CODE)).group(0)
            async with painting(relay, code, (20, 30, 40)) as painter:
                await painter.take_events()
            await helper.finish()
        picture = Image.open(out)
        assert picture.size == (320, 200) and picture.getcolors() == [(320 * 200, (40, 30, 20))]

    run(session())


def test_pixel_sharer_shares_its_drawing_and_takes_a_click(relay):
    async def session():
        async with helper_on(relay) as (helper, code):
            async with await Example.start(EXAMPLES / "pixel_sharer.py", relay.url, code, relay.ca) as sharer:
                await sharer.line("Your helper: Dev H., Development")
                await sharer.line("Let the helper see this")
                sharer.type("y\n")

                def squares(frame, colour):
                    return (frame.array()[:, :, :3] == colour).all(axis=2).sum()

                await first_frame(helper, lambda f: squares(f, (0x40, 0xC0, 0xFF)) == 40 * 40)
                request = asyncio.create_task(helper.request(Permission.CONTROL))
                await sharer.line("Let the helper click here")
                sharer.type("y\n")
                assert await request is Permission.CONTROL
                helper.click(300, 200)
                await sharer.line("The helper clicked at 300, 200.")
                await first_frame(helper, lambda f: squares(f, (0xBF, 0x3F, 0x00)) == 40 * 40)
                helper.end()
                await sharer.finish()

    run(session())


def test_support_bot_walks_through_its_steps(relay, tmp_path):
    async def session():
        async with await Example.start(EXAMPLES / "support_bot.py", relay.url, relay.token_file,
                                       tmp_path, relay.ca) as bot:
            code = (await bot.line(CODE)).group(0)
            async with painting(relay, code, (0, 0, 200)) as painter:
                sharer = painter.sharer
                heard, drawn = [], []
                async for event in sharer:
                    if isinstance(event, Marked):
                        drawn.append((event.step, event.x, event.y))
                    if not isinstance(event, ChatReceived):
                        continue
                    heard.append(event.text)
                    if "'ready'" in event.text:
                        sharer.chat("what?" if len(heard) == 1 else "Ready!")
                    elif "'done'" in event.text:
                        sharer.chat("done")
            await bot.finish()
        assert len(heard) == 5 and "I wait for" in heard[1] and "Good-bye" in heard[4]
        tips = [(x, y) for step, x, y in drawn if step is MarkStep.TO]
        assert tips == [(16, 10), (16, 100)]
        for number in (1, 2, 3):
            assert Image.open(tmp_path / f"step-{number}.png").getpixel((0, 0)) == (200, 0, 0)

    run(session())


def test_the_snippets_in_the_readmes_run(relay, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for readme in ROOT / "README.md", ROOT / "bindings/python/README.md":
        snippets = re.findall(r"```python\n(.*?)```", readme.read_text(), re.S)
        assert snippets, readme
        for snippet in snippets:
            if "SignIn(" in snippet:
                continue  # test_signing_in.py runs it
            run(_snippet(snippet, relay, tmp_path))


async def _snippet(text, relay, folder):
    """Runs a snippet as a program of its own: only the relay's address and trust are put in."""
    program = folder / "snippet.py"
    text = text.replace('"wss://relay.example"', f'"{relay.url}", ca_file={str(relay.ca)!r}')
    (folder / "ada.token").write_text(relay.token + "\n")
    if "Sharer(" in text:
        async with helper_on(relay) as (helper, code):
            program.write_text(text)
            async with await Example.start(program, code) as sharer:
                await first_frame(helper)
                helper.end()
                await sharer.finish()
        return
    program.write_text(text)
    async with await Example.start(program) as helper:
        code = (await helper.line(CODE)).group(0)
        async with painting(relay, code) as painter:
            await painter.take_events()
        await helper.finish()
    assert (folder / "screen.png").exists()
