"""Whole sessions over a real relay, both sides in Python."""

import asyncio

import pytest
from pair import PATIENCE, first_frame, helper_on, run, sharer_on, viewing, wait_for
from tools import Tool

import qassist
from qassist import (
    Button,
    ChatDelivered,
    ChatReceived,
    ClipboardReceived,
    ConsentAsked,
    HelperKnown,
    InputReceived,
    InputType,
    Marked,
    MarkKind,
    MarkStep,
    Paused,
    PauseCause,
    Permission,
    Pointed,
    Refused,
    ScreenKind,
    Sharer,
    Warned,
)


async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)


def seen(painter, kind):
    return [event for event in painter.events if isinstance(event, kind)]


def test_a_helper_sees_what_a_sharer_draws(relay):
    async def session():
        async with viewing(relay) as (helper, painter):
            painter.fill((10, 200, 30))
            frame = await first_frame(helper, lambda frame: frame.array()[0, 0, 1] == 200)
            assert (frame.width, frame.height) == (320, 200)
            assert (frame.array()[:, :, :3] == (10, 200, 30)).all()
            assert frame.image().getpixel((5, 5)) == (30, 200, 10)
            assert seen(painter, Warned) and seen(painter, HelperKnown) == [
                HelperKnown(relay.shown_name, relay.organisation)]
            helper.end()
            with pytest.raises(StopAsyncIteration):
                while True:
                    await helper.__anext__()
            assert helper.detail == "ended"

    run(session())


def test_control_is_asked_for_and_input_arrives(relay):
    async def session():
        async with viewing(relay) as (helper, painter):
            await first_frame(helper)
            with pytest.raises(qassist.NotAllowed):
                helper.click(5, 5)
            assert await helper.request(Permission.CONTROL, "to show you") is Permission.CONTROL
            assert await helper.request(Permission.CONTROL) is Permission.CONTROL
            helper.click(30, 40, Button.RIGHT)
            helper.wheel(30, 40, wheel_y=qassist.WHEEL_STEP)
            helper.key(0x1E, pressed=True)
            helper.key(0x1E, pressed=False)
            helper.text("é")
            helper.move(50, 60)
            await until(lambda: any((e.x, e.y) == (50, 60) for e in seen(painter, InputReceived)))
            events = [e for e in seen(painter, InputReceived) if e.type is not InputType.MOVE]
            buttons = [(e.x, e.y, e.button, e.pressed) for e in events if e.type is InputType.BUTTON]
            assert buttons == [(30, 40, Button.RIGHT, True), (30, 40, Button.RIGHT, False)]
            keys = [(e.scancode, e.pressed) for e in events if e.type is InputType.KEY]
            assert keys == [(0x1E, True), (0x1E, False)]
            assert [e.codepoint for e in events if e.type is InputType.TEXT] == [ord("é")]
            assert [e.wheel_y for e in events if e.type is InputType.WHEEL] == [120]
            assert painter.sharer.seconds_left(Permission.CONTROL) > 1000
            painter.sharer.revoke(Permission.CONTROL)
            refused = await wait_for(helper, Refused)
            assert isinstance(refused.reason, qassist.NotAllowed)
            assert helper.permissions is Permission.VIEW

    run(session())


def test_a_part_may_be_granted_and_a_no_is_raised(relay):
    async def answer(consent):
        assert consent.open
        if consent.permissions & Permission.POINT:
            assert consent.purpose == "to point at it"
            consent.allow_some(Permission.POINT, 60)
            assert await consent is Permission.POINT and not consent.open
            return None
        return consent.permissions is Permission.VIEW

    async def session():
        async with viewing(relay, answer, refusal_seconds=600) as (helper, painter):
            both = Permission.POINT | Permission.ANNOTATE
            assert await helper.request(both, "to point at it") is Permission.POINT
            assert 0 < painter.sharer.seconds_left(Permission.POINT) <= 60
            with pytest.raises(qassist.Denied):
                await helper.request(Permission.CONTROL)
            with pytest.raises(qassist.TooManyTries):
                await helper.request(Permission.CONTROL)

    run(session())


def test_questions_as_events_and_a_dropped_one_means_no(relay):
    async def session():
        async with helper_on(relay) as (helper, code):
            async with sharer_on(relay, code, ask_called=True, warning="") as sharer:
                asked = (await wait_for(sharer, ConsentAsked)).consent
                assert asked.kind is qassist.ConsentKind.CALLED
                asked.allow()
                with pytest.raises(qassist.WrongState):
                    asked.deny()
                asked = (await wait_for(sharer, ConsentAsked)).consent
                assert asked.permissions is Permission.VIEW and not asked.renews
                with pytest.raises(qassist.InvalidArgument):
                    asked.allow_some(Permission.CONTROL)
                assert asked.open
                del asked
                with pytest.raises(qassist.Denied):
                    await helper.ended()

    run(session())


def test_an_unanswered_question_is_withdrawn(relay):
    cancelled = []

    async def answer(consent):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.append(consent)
            raise

    async def session():
        async with helper_on(relay) as (helper, code):
            async with sharer_on(relay, code, answer=answer, question_seconds=1) as sharer:
                await sharer.ended()
            with pytest.raises(qassist.NoAnswer):
                await helper.ended()
            assert not cancelled[0].open
            with pytest.raises(qassist.ConsentWithdrawn):
                await cancelled[0]

    run(session())


def test_chat_clipboard_and_pauses(relay):
    async def session():
        async with viewing(relay) as (helper, painter):
            sharer = painter.sharer
            assert helper.chat("Hello.\nDo you see me?") == 1
            await wait_for(helper, ChatDelivered, lambda event: event.id == 1)
            assert seen(painter, ChatReceived) == [ChatReceived("Hello.\nDo you see me?")]
            sharer.chat("Yes.")
            assert (await wait_for(helper, ChatReceived)).text == "Yes."
            with pytest.raises(qassist.InvalidArgument):
                helper.chat("x" * (qassist.CHAT_MAX + 1))

            both = Permission.CLIPBOARD_TO_HELPER | Permission.CLIPBOARD_TO_SHARER
            with pytest.raises(qassist.NotAllowed):
                helper.clipboard("early")
            assert await helper.request(both) == both
            helper.clipboard("to you")
            await until(lambda: seen(painter, ClipboardReceived))
            assert seen(painter, ClipboardReceived) == [ClipboardReceived("to you")]
            sharer.clipboard("to me")
            assert (await wait_for(helper, ClipboardReceived)).text == "to me"

            sharer.pause()
            assert (await wait_for(helper, Paused)).causes is PauseCause.SHARER
            assert not sharer.submit(painter.pixels)
            with pytest.raises(qassist.WrongState):
                sharer.pause()
            sharer.resume()
            assert (await wait_for(helper, Paused)).causes is PauseCause.NONE
            helper.pause()
            await until(lambda: sharer.paused is PauseCause.HELPER)
            helper.resume()
            sharer.allow_prompts(False)
            sharer.set_prompt(True)
            assert sharer.paused & PauseCause.PROMPT
            sharer.set_prompt(False)
            sharer.report("A test reports itself.")
            await helper.ended()

    run(session())


def test_pointing_and_drawing_without_control(relay):
    async def session():
        async with viewing(relay) as (helper, painter):
            await first_frame(helper)
            with pytest.raises(qassist.NotAllowed):
                helper.point(1, 1)
            await helper.request(Permission.POINT | Permission.ANNOTATE)
            helper.point(30, 40)
            helper.mark(MarkKind.ARROW, [(1, 2), (3, 4)], colour=0x123456, width=7)
            helper.undo()
            helper.clear()
            helper.point_hide()
            await until(lambda: Pointed(False, 0, 0) in painter.events)
            marks = seen(painter, Marked)
            assert [(mark.step, mark.x, mark.y) for mark in marks if mark.step <= MarkStep.TO] == [
                (MarkStep.BEGIN, 1, 2), (MarkStep.TO, 3, 4)]
            assert (marks[0].kind, marks[0].colour, marks[0].width) == (MarkKind.ARROW, 0x123456, 7)
            await until(lambda: seen(painter, Marked)[-1].step is MarkStep.CLEAR)
            with pytest.raises(qassist.InvalidArgument):
                helper.mark_begin(MarkKind.STROKE, 320, 0)

    run(session())


def test_a_mark_ends_with_a_pause(relay):
    async def session():
        async with viewing(relay) as (helper, painter):
            await first_frame(helper)
            await helper.request(Permission.ANNOTATE)
            for side in (painter.sharer, helper):
                helper.mark_begin(MarkKind.STROKE, 1, 2)
                helper.mark_to(3, 4)
                side.pause()
                await wait_for(helper, Paused, lambda event: event.causes)
                with pytest.raises(qassist.WrongState):
                    helper.mark_to(5, 6)
                side.resume()
                await first_frame(helper)
                # What was drawn is gone: it is no error of the user's to be kept from them.
                with pytest.raises(qassist.InvalidArgument):
                    helper.mark_to(7, 8)
                with pytest.raises(qassist.InvalidArgument):
                    helper.mark_end()
            helper.mark(MarkKind.STROKE, [(7, 8), (9, 9)])

    run(session())


def test_settings_of_banner_and_panic_key(relay):
    qassist.check_panic_key("Ctrl+Alt+Q")
    with pytest.raises(qassist.InvalidArgument, match="Ctrl, Alt, Shift and Super"):
        qassist.check_panic_key("Hyper+Q")

    async def begin(**options):
        async with Sharer(relay.url, "4821 9305 7717", **options):
            pass

    for wrong in ({"panic_key": "Q"}, {"banner_texts": {"nothing": "x"}},
                  {"banner_texts": {"view": "two\nlines"}},
                  {"banner": qassist.BannerWish.ON, "screen": ScreenKind.APP}):
        with pytest.raises(qassist.InvalidArgument):
            run(begin(**wrong))


def test_a_helper_in_python_and_the_real_qa_share(relay, display, tmp_path):
    async def session():
        async with helper_on(relay) as (helper, code):
            tool = Tool("qa-share", ["--relay", relay.url, "--ca", relay.ca, "--json", "--yes-view", code],
                        tmp_path, DISPLAY=display.name)
            try:
                screens = await wait_for(helper, qassist.ScreensChanged)
                assert screens.screens and screens.chosen == 0
                frame = await first_frame(helper)
                assert (frame.width, frame.height) == (screens.screens[0].width, screens.screens[0].height)
                helper.choose_screen(screens.screens[0].id)
                chosen = await wait_for(helper, qassist.ScreensChanged)
                assert chosen.chosen == screens.screens[0].id
                with pytest.raises(qassist.InvalidArgument):
                    helper.choose_screen(4711)
                await first_frame(helper)
                helper.end()
                await helper.ended()
                finished = asyncio.get_running_loop().run_in_executor(None, tool.finish, PATIENCE)
                assert await finished == (0, None)
            finally:
                tool.kill()

    run(session())
