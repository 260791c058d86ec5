"""A helper without a window: shows a code, saves the first picture that stands still, and ends.

Usage: headless_helper.py wss://RELAY TOKEN-FILE OUT.png [CA.pem]
"""

import asyncio
import pathlib
import sys

from qassist import CodeReady, FrameReady, Helper, Picture, QassistError

STILL_SECONDS = 0.5


async def next_event(helper: Helper, picture: Picture | None) -> object:
    """The next event; None where there is a picture and nothing came for a while."""
    waiting = asyncio.ensure_future(anext(helper))
    done, _ = await asyncio.wait([waiting], timeout=STILL_SECONDS if picture else None)
    if not done:
        waiting.cancel()
        return None
    return waiting.result()


async def save_screen(relay: str, token: str, out: str, ca: str | None) -> None:
    picture = None
    async with Helper(relay, token=token, ca_file=ca) as helper:
        while True:
            match await next_event(helper, picture):
                case CodeReady(code=code, seconds_left=seconds, shown_name=name):
                    print(f"Tell the sharer: {code} (valid for {seconds} s; they see {name})", flush=True)
                case FrameReady(frame=frame):
                    picture = frame.copy()  # the frame itself is lent until the next event only
                case None if picture:
                    break
    assert picture
    picture.image().save(out)
    print(f"Saved {picture.width} x {picture.height} pixels to {out}.")


def main() -> int:
    if len(sys.argv) not in (4, 5):
        print(__doc__, file=sys.stderr)
        return 2
    relay, token_file, out = sys.argv[1:4]
    token = pathlib.Path(token_file).read_text().strip()
    try:
        asyncio.run(save_screen(relay, token, out, sys.argv[4] if len(sys.argv) > 4 else None))
    except StopAsyncIteration:
        print("The session ended before there was a picture.", file=sys.stderr)
        return 1
    except QassistError as error:
        print(f"The session ended: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
