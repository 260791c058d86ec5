"""Errors where they belong, and nothing that outlives what it points to."""

import asyncio
import gc
import logging
import pathlib
import warnings

import pytest
from pair import filled, first_frame, helper_on, run, sharer_on, viewing, wait_for, yes

import qassist
from qassist import Context, Helper, Permission, ScreenKind, Sharer


def descriptors():
    return len(list(pathlib.Path("/proc/self/fd").iterdir()))


def test_what_is_wrong_is_said_at_once():
    with pytest.raises(qassist.InvalidArgument):
        Context("http://relay.example")
    with pytest.raises(ValueError, match="NUL"):
        Context("wss://relay\0.example")
    with pytest.raises(qassist.CodeIncomplete):
        qassist.check_code("1234")
    with pytest.raises(qassist.CodeMistyped):
        qassist.check_code("1234 5678 9012")
    assert "\n" in qassist.warning_text()

    async def wrong_token():
        with pytest.raises(qassist.InvalidArgument):
            async with Helper("wss://relay.example", token="two words"):
                pass

    run(wrong_token())


def test_an_error_that_ends_the_session_is_raised_where_events_are_taken(relay):
    async def iterating():
        async with Helper(relay.url, token="wrong", ca_file=relay.ca) as helper:
            with pytest.raises(qassist.SignInRefused):
                async for _ in helper:
                    pass
            with pytest.raises(qassist.SignInRefused):
                await helper.ended()
            assert helper.state is qassist.SessionState.ENDED

    async def not_looking():
        with pytest.raises(qassist.SignInRefused):
            async with Helper(relay.url, token="wrong", ca_file=relay.ca) as helper:
                while helper.state is not qassist.SessionState.ENDED:
                    await asyncio.sleep(0.01)

    run(iterating())
    run(not_looking())


def test_the_policy_of_the_device_holds_in_python_too(relay, tmp_path):
    policy = tmp_path / "policy.ini"

    def write(line):
        policy.write_text(f"[policy]\n{line}\n")
        policy.chmod(0o644)

    async def session():
        write("control = no")
        context = Context(relay.url, ca_file=relay.ca, policy_file=policy)
        permissions, why = context.allowed()
        assert Permission.VIEW in permissions and Permission.CONTROL not in permissions and why == ""
        write("remote-help = no")
        assert context.allowed()[0] is Permission.NONE
        async with Helper(context, token=relay.token) as helper:
            with pytest.raises(qassist.NotAllowedByPolicy, match="does not allow remote help on this computer"):
                await helper.ended()
        context.close()

    run(session())


def test_an_untrusted_relay_is_refused(relay):
    async def session():
        async with Helper(relay.url, token=relay.token) as helper:
            with pytest.raises(qassist.RelayNotTrusted):
                await helper.ended()

    run(session())


def test_an_exception_in_an_answer_ends_the_session_and_is_raised(relay):
    async def broken(consent):
        raise LookupError("no such dialog")

    async def session():
        async with helper_on(relay) as (helper, code):
            with pytest.raises(LookupError, match="no such dialog"):
                async with sharer_on(relay, code, answer=broken) as sharer:
                    async for _ in sharer:
                        pass
            with pytest.raises(qassist.Denied):
                await helper.ended()

    run(session())


def test_an_exception_in_a_callback_ends_the_session_and_is_raised(relay, monkeypatch):
    def broken(context, frame):
        raise ArithmeticError("cannot look at it")

    monkeypatch.setattr("qassist.helper.Frame", broken)

    async def session():
        async with viewing(relay) as (helper, painter):
            with pytest.raises(ArithmeticError, match="cannot look at it"):
                async for _ in helper:
                    pass

    run(session())


def test_events_that_nobody_takes_are_bounded(relay, monkeypatch):
    monkeypatch.setattr("qassist.life.EVENTS_MAX", 2)

    async def session():
        with pytest.raises(qassist.LimitReached):
            async with Helper(relay.url, token=relay.token, ca_file=relay.ca) as helper:
                await helper.ended()

    run(session())


def test_sessions_leave_nothing_behind(relay):
    async def session():
        async with viewing(relay) as (helper, painter):
            await first_frame(helper)

    run(session())
    gc.collect()
    before = descriptors()
    for _ in range(3):
        run(session())
    gc.collect()
    assert descriptors() == before


def test_a_session_that_nobody_closed_is_cut_off_with_its_context(relay):
    async def careless():
        helper = Helper(relay.url, token=relay.token, ca_file=relay.ca)
        await helper.__aenter__()
        await wait_for(helper, qassist.CodeReady)

    before = descriptors()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run(careless())
        gc.collect()
    assert any("never closed" in str(w.message) for w in caught if w.category is ResourceWarning)
    assert descriptors() == before


def test_a_shared_context_carries_several_sessions(relay):
    async def session():
        context = Context(relay.url, ca_file=relay.ca)
        async with Helper(context, token=relay.token) as helper:
            code = (await wait_for(helper, qassist.CodeReady)).code
            async with Sharer(context, code, answer=yes, screen=ScreenKind.APP) as sharer:
                with pytest.raises(qassist.WrongState):
                    context.close()
                await wait_for(sharer, qassist.PermissionsChanged)
                assert sharer.permissions is Permission.VIEW
        context.close()
        context.close()
        with pytest.raises(qassist.WrongState):
            context.fileno()

    run(session())


def test_a_frame_may_be_dropped_by_another_thread(relay):
    async def session():
        async with viewing(relay) as (helper, painter):
            frame = await filled(helper, painter, (5, 0, 0))
            box = [frame.array()]
            with pytest.raises(qassist.FrameInUse):
                frame.release()
            await asyncio.get_running_loop().run_in_executor(None, box.clear)
            await filled(helper, painter, (6, 0, 0))

    run(session())


def test_diagnosis_goes_to_logging(relay, caplog):
    async def session():
        context = Context(relay.url, ca_file=relay.ca, log_level=logging.DEBUG)
        async with Helper(context, token=relay.token) as helper:
            await wait_for(helper, qassist.CodeReady)
        context.close()

    with caplog.at_level(logging.DEBUG, "qassist"):
        run(session())
    assert relay.token not in caplog.text


def test_leaving_by_cancellation_ends_the_session(relay):
    async def session():
        async with helper_on(relay) as (helper, code):
            async def share():
                async with sharer_on(relay, code, answer=yes) as sharer:
                    shared.set()
                    async for _ in sharer:
                        pass

            shared = asyncio.Event()
            task = asyncio.create_task(share())
            await wait_for(helper, qassist.PermissionsChanged)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await helper.ended()

    run(session())
