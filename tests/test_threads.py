"""One thread for all who ask for it, until the last of them has left."""

from threading import Event, Thread

from threadpoolctl import ThreadpoolController

from sim.threads import one_thread


def threads():
    """How many threads each library of linear algebra computes on."""
    return [one["num_threads"] for one in ThreadpoolController().select(user_api="blas").info()]


def test_the_limit_stands_while_anybody_is_inside_and_is_lifted_after():
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        before = threads()
        first, second = one_thread(), one_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert set(threads()) == {1}
        second.__exit__(None, None, None)
        assert threads() == before == [2] * len(before)


def test_a_thread_that_leaves_first_takes_the_limit_from_no_other():
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        inside, leave = Event(), Event()

        def other():
            with one_thread():
                inside.set()
                leave.wait(10)

        beside = Thread(target=other)
        beside.start()
        inside.wait(10)
        with one_thread():
            leave.set()
            beside.join()
            assert set(threads()) == {1}
        assert set(threads()) == {2}
